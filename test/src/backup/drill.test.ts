import {
	chmodSync,
	chownSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';

import { backUpSite, drillSite, type DrillOptions } from '../../../src/backup';
import { DirectoryTarget } from '../../../src/backup/restore/directory';
import { newStagingToken } from '../../../src/backup/restore/staging';
import {
	compiledBackup,
	describeTree,
	errorOf,
	fillWithHardNames,
	siteOf,
	useBackedUpDirectory,
} from './stand';
import { until } from './engine-stand';

const stand = useBackedUpDirectory('drill');
let work: string;

beforeEach(() => {
	work = stand.scope.emptyFolder();
});

const drill = (options: Partial<DrillOptions> = {}, context = {}) =>
	drillSite(stand.site, context, { restorePoint: 'latest', workFolder: work, ...options });

const record = (id: string): unknown =>
	JSON.parse(readFileSync(`${stand.backups}/shop/${id}/drill.json`, 'utf8'));

/** A restore that does something to what it has restored. */
function spoil(change: (path: string) => void): jest.SpyInstance {
	const swap = Object.getOwnPropertyDescriptor(DirectoryTarget.prototype, 'swap')
		?.value as DirectoryTarget['swap'];
	return jest.spyOn(DirectoryTarget.prototype, 'swap').mockImplementation(async function (
		this: DirectoryTarget,
	) {
		const result = await swap.apply(this);
		change(this.label.replace('directory ', ''));
		return result;
	});
}

test('BK-30: files with all they may have are restored elsewhere and proved; the recovery time is stored, nothing is left', async () => {
	fillWithHardNames(stand.www);
	const { id } = await backUpSite(stand.site, {});
	const before = describeTree(stand.www);
	const now = () => new Date(Date.now() + 3_600_000);
	const report = await drill({}, { now });
	expect(report).toMatchObject({ id, site: 'shop', destination: 'backups', outcome: 'proved', ok: true });
	expect(report.artefacts).toEqual([
		{
			name: 'files-www',
			kind: 'directory',
			outcome: 'proved',
			target: 'a temporary folder',
			plainBytes: expect.any(Number),
			restoreMs: expect.any(Number),
			durationMs: expect.any(Number),
			entries: 22,
			notes: [],
		},
	]);
	expect(report.message).toMatch(
		/^Proved: 1 artefact restored and compared, recovery time \d+ ms, age of the data 1 h 0 min\.$/,
	);
	expect(report.dataAgeMs).toBeGreaterThan(3_590_000);
	expect(record(id)).toMatchObject({
		format: 'opsdesk-record',
		restorePoint: id,
		outcome: 'proved',
		durationMs: expect.any(Number),
		artefacts: [{ name: 'files-www', outcome: 'proved' }],
	});
	expect(describeTree(stand.www)).toBe(before);
	expect([readdirSync(work), readdirSync(stand.parent)]).toEqual([[], ['www']]);
});

test.each<[string, (path: string) => void, RegExp]>([
	[
		'other content',
		(at) => writeFileSync(`${at}/index.html`, '<h1>sh0p</h1>'),
		/"index\.html" has other content/,
	],
	['a missing file', (at) => rmSync(`${at}/index.html`), /"index\.html" is missing/],
	['one file more', (at) => writeFileSync(`${at}/more`, ''), /"more" was not there/],
	[
		'a folder for a file',
		(at) => (rmSync(`${at}/index.html`), mkdirSync(`${at}/index.html`)),
		/is of another kind/,
	],
	[
		'other rights',
		(at) => chmodSync(`${at}/index.html`, 0o600),
		/"index\.html" has the mode 600 instead of 644/,
	],
	['another time', (at) => utimesSync(`${at}/index.html`, 1, 1), /has another time/],
	['another owner', (at) => chownSync(`${at}/index.html`, 7, 7), /has another owner/],
])('BK-30: a restore that comes out with %s is not proved', async (_, change, message) => {
	const spy = spoil(change);
	const report = await drill();
	spy.mockRestore();
	expect(report).toMatchObject({ outcome: 'failed', ok: false });
	expect(report.artefacts[0]?.problem).toMatchObject({
		code: 'verification_failed',
		message: expect.stringMatching(message),
	});
	expect(report.message).toMatch(/^Failed: 0 of 1 artefact /);
	expect(record(stand.id)).toMatchObject({ outcome: 'failed', artefacts: [{ problem: expect.any(String) }] });
	expect(readdirSync(work)).toEqual([]);
});

test('BK-30: a damaged artefact fails, the others are proved all the same, and nothing is left', async () => {
	const data = stand.scope.emptyFolder();
	writeFileSync(`${data}/b`, 'beta');
	stand.site = siteOf({ www: stand.www, data }, { backups: stand.backups });
	const { id } = await backUpSite(stand.site, {});
	const file = `${stand.backups}/shop/${id}/files-www.tar.zst`;
	const bytes = readFileSync(file);
	bytes[20] = (bytes[20] ?? 0) ^ 1;
	writeFileSync(file, bytes);
	const report = await drill();
	expect(report.artefacts.map(({ name, outcome }) => [name, outcome])).toEqual([
		['files-www', 'failed'],
		['files-data', 'proved'],
	]);
	expect(report).toMatchObject({ outcome: 'failed', recorded: true });
	const part = await drill({ artefacts: ['files-data'] });
	expect(part).toMatchObject({ outcome: 'proved', recorded: false });
	expect(part.message).toContain('Only a part was drilled, so it is not recorded.');
	expect(record(id)).toMatchObject({ outcome: 'failed' });
	expect(readdirSync(work)).toEqual([]);
});

test('BK-30: a partial restore point is never proved', async () => {
	stand.site = siteOf({ www: stand.www, gone: `${stand.parent}/gone` }, { backups: stand.backups });
	const { id, status } = await backUpSite(stand.site, {});
	expect(status).toBe('partial');
	expect(await drill({ restorePoint: id })).toMatchObject({
		outcome: 'unproved',
		ok: false,
		missing: ['files-gone'],
		message: expect.stringMatching(/^Not proved: .* The restore point lacks files-gone\.$/),
	});
});

test('BK-30: a drill that is cancelled or killed leaves nothing that the next one does not remove', async () => {
	writeFileSync(`${stand.www}/large`, Buffer.alloc(30_000_000, 'pattern'));
	await backUpSite(stand.site, {});
	const controller = new AbortController();
	const progress = () => controller.abort();
	expect(await errorOf(drill({}, { signal: controller.signal, progress }))).toMatchObject({
		code: 'cancelled',
	});
	expect(readdirSync(work)).toEqual([]);

	const script = `require(${JSON.stringify(compiledBackup)}).drillSite(${JSON.stringify(stand.site)},
		{ progress: () => process.kill(process.pid, 'SIGKILL') },
		{ restorePoint: 'latest', workFolder: ${JSON.stringify(work)} });`;
	const killed = stand.scope.start('killed', process.execPath, { args: ['-e', script] });
	await until('the process is gone', () => !killed.running());
	expect(readdirSync(work)).toHaveLength(1);
	const alive = `opsdesk-drill-1-${newStagingToken()}`;
	for (const name of [alive, 'opsdesk-drill-of-mine']) mkdirSync(`${work}/${name}`);
	expect(await drill()).toMatchObject({ outcome: 'proved' });
	expect(readdirSync(work).sort()).toEqual([alive, 'opsdesk-drill-of-mine'].sort());
	expect(existsSync(`${stand.backups}/shop/backup.lock`)).toBe(false);
});

test('a folder without room is told, and a result that cannot be stored is told as well', async () => {
	const report = await drill({ workFolder: `${work}/missing` });
	expect(report).toMatchObject({ outcome: 'failed', artefacts: [{ problem: { code: expect.any(String) } }] });
	mkdirSync(`${stand.backups}/shop/${stand.id}/drill.json.partial`);
	expect(await drill()).toMatchObject({
		outcome: 'proved',
		recorded: false,
		message: expect.stringContaining('could not be recorded'),
	});
});
