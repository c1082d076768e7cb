import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

import { drillSite, restoreSite } from '../../../src/backup';
import { endOfArchive } from '../../../src/shared';
import { file, hostileArchives, malformedArchives } from '../../support/hostile-archives';
import { Scope } from '../../support/scope';
import { describeTree, errorOf, siteOf } from './stand';
import { storeRestorePoint, archiveArtefact } from './verdict';

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('hostile-restore');
});
afterAll(() => scope.close());

/** Drive letters are ordinary names here, so they are no archive to refuse; `extract.test.ts` shows what becomes of them. */
const all = [...hostileArchives, ...malformedArchives];

test.each(all)(
	'BK-24: an archive with %s is refused by a restore, a restore of one path and a drill, and nothing outside changes',
	async (_name, parts) => {
		const parent = scope.emptyFolder();
		for (const folder of ['victim', 'backups', 'work', 'www']) mkdirSync(`${parent}/${folder}`);
		for (const name of ['victim/file', 'www/good']) writeFileSync(`${parent}/${name}`, 'untouched');
		const content = Buffer.concat([file('good'), ...parts(`${parent}`), endOfArchive]);
		const { id, folder } = storeRestorePoint(`${parent}/backups`, archiveArtefact, content);
		const site = siteOf({ www: `${parent}/www` }, { backups: `${parent}/backups` });
		const outside = () => describeTree(parent).replace(/^backups.*\n|^work d .*\n/gm, '');
		const before = outside();
		const options = { restorePoint: id, to: { 'files-www': `${parent}/www` }, overwrite: true };
		expect(await errorOf(restoreSite(site, {}, options))).toMatchObject({ code: 'verification_failed' });
		const one = { ...options, paths: { 'files-www': ['good'] } };
		expect(await errorOf(restoreSite(site, {}, one))).toMatchObject({ code: 'verification_failed' });
		const drill = await drillSite(site, {}, { restorePoint: id, workFolder: `${parent}/work` });
		expect(drill).toMatchObject({ outcome: 'failed', leftovers: [] });
		expect(outside()).toBe(before);
		expect(existsSync(`${parent}/backups/${folder}/manifest.json`)).toBe(true);
		expect(existsSync('/tmp/opsdesk-evil')).toBe(false);
	},
);

test('BK-24: there are at least 20 kinds of them', () => {
	expect(new Set(all.map(([name]) => name)).size).toBeGreaterThanOrEqual(30);
});
