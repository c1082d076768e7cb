import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

import { backUpSite, listSite, type BackupProgress } from '../../../src/backup';
import { encodeHolder, newHolder } from '../../../src/backup/lock-holder';
import { Scope } from '../../support/scope';
import { compiledBackup, listTree, siteOf } from './stand';

let scope: Scope;
let folders = 0;

beforeAll(async () => {
	scope = await Scope.open('runs');
});
afterAll(() => scope.close());

function folder(files: Record<string, string> = {}): string {
	folders += 1;
	const path = scope.path(`folder-${folders}`);
	mkdirSync(path);
	for (const [name, content] of Object.entries(files)) writeFileSync(`${path}/${name}`, content);
	return path;
}

/** Zeros that take no space but some seconds to read. */
function largeFolder(sizeBytes: string): string {
	const path = folder();
	execFileSync('truncate', ['-s', sizeBytes, `${path}/zeros`]);
	return path;
}

test('BK-4: of two runs of one process one runs, the other is skipped at once with holder and time', async () => {
	const site = siteOf({ www: largeFolder('500M') }, { one: folder(), two: folder() });
	const reports = await Promise.all([backUpSite(site, {}), backUpSite(site, {})]);
	const skipped = reports.find(({ status }) => status === 'skipped');
	const ran = reports.find(({ status }) => status === 'ok');
	expect(skipped).toMatchObject({
		status: 'skipped',
		message: expect.stringMatching(
			new RegExp(`^Skipped: locked by process ${process.pid} on \\S+ since 20\\d\\d-.*Z\\.$`),
		),
		artefacts: [],
		destinations: [{ status: 'skipped' }, { status: 'skipped' }],
	});
	expect(skipped?.durationMs).toBeLessThan(ran?.durationMs ?? 0);
	const { restorePoints } = await listSite(site, {});
	expect(restorePoints.map(({ id }) => id)).toEqual([ran?.id, ran?.id]);
	expect((await backUpSite(site, {})).status).toBe('ok');
});

test('BK-4: while another process runs this one is skipped; one that waits runs after it', async () => {
	const [www, backups] = [largeFolder('3G'), folder()];
	const site = siteOf({ www }, { backups });
	const script = `require(${JSON.stringify(compiledBackup)})
		.backUpSite(${JSON.stringify(site)}, {}, { lockTimes: { heartbeatMs: 100, staleAfterMs: 60000 } })
		.then((report) => console.log(report.status));`;
	const other = scope.start('other', process.execPath, { args: ['-e', script] });
	await other.ready(async () => existsSync(`${backups}/shop/backup.lock`), 60_000);
	const report = await backUpSite(site, {});
	expect(report).toMatchObject({
		status: 'skipped',
		message: expect.stringMatching(new RegExp(`^Skipped: locked by process ${other.pid} on .* since 20`)),
	});
	expect(other.running()).toBe(true);
	const next = await backUpSite(
		siteOf({ www: folder({ a: 'alpha' }) }, { backups }),
		{},
		{ waitForLockMs: 600_000 },
	);
	expect(next).toMatchObject({ status: 'ok' });
	expect(next.message).not.toContain('Took over');
	expect(other.tail()).toContain('ok');
	expect((await listSite(site, {})).restorePoints).toHaveLength(2);
});

test('BK-4: a run whose lock was taken by another leaves no restore point', async () => {
	const [www, backups] = [largeFolder('1G'), folder()];
	const stolen = (): void => {
		const holder = { ...newHolder('other', new Date()), who: 'process 7 on web-2', host: 'web-2' };
		writeFileSync(`${backups}/shop/backup.lock`, encodeHolder(holder));
	};
	const report = await backUpSite(siteOf({ www }, { backups }), { progress: stolen });
	expect(report).toMatchObject({
		status: 'failed',
		message: expect.stringContaining('its holder now is process 7 on web-2'),
	});
	expect(listTree(backups)).toEqual(['shop/', 'shop/backup.lock']);
});

test('a run that is cancelled throws, and leaves neither files nor locks', async () => {
	const [www, backups] = [folder({ a: 'alpha' }), folder()];
	const site = siteOf({ www, large: largeFolder('2G') }, { backups });
	const controller = new AbortController();
	const progress = ({ artefact, plainBytes }: BackupProgress): void => {
		if (artefact === 'files-large' && plainBytes > 0) controller.abort();
	};
	await expect(backUpSite(site, { signal: controller.signal, progress })).rejects.toMatchObject({
		code: 'cancelled',
	});
	expect(listTree(backups)).toEqual(['shop/']);
});
