import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { backUpSite, listSite, type BackupProgress } from '../../../src/backup';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { encodeHolder, newHolder } from '../../../src/backup/lock-holder';
import { RunDestination } from '../../../src/backup/run-destination';
import { Scope } from '../../support/scope';
import { until } from './engine-stand';
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

test('BK-4: locks are taken in one order, however the destinations of a site are listed', async () => {
	const [www, one, two] = [folder({ a: 'alpha' }), folder(), folder()];
	const creating = jest.spyOn(DirectoryDestination.prototype, 'createNew');
	try {
		for (const destinations of [
			{ one, two },
			{ two, one },
		]) {
			expect(await backUpSite(siteOf({ www }, destinations), {})).toMatchObject({ status: 'ok' });
		}
		const locked = creating.mock.contexts.map((destination) => (destination as DirectoryDestination).label);
		expect(locked).toEqual([one, two, one, two]);
	} finally {
		creating.mockRestore();
	}
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
	while (other.running()) await sleep(20);
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

test('BK-4: a file that was begun before the lock was lost takes nothing more and gets no final name', async () => {
	const backups = folder();
	const site = siteOf({ www: folder() }, { backups });
	const [definition] = site.destinations;
	if (!definition) throw new Error('The site has no destination.');
	const destination = new RunDestination(definition, site, '20261120T020000Z-1a2b3c');
	await destination.open({});
	await destination.takeLock({ now: new Date(), waitMs: 0, heartbeatMs: 20, staleAfterMs: 60_000 });
	const [begun, written] = [await destination.create('begun'), await destination.create('written')];
	await written.write(Buffer.from('whole'));
	const holder = { ...newHolder('other', new Date()), who: 'process 7 on web-2', host: 'web-2' };
	writeFileSync(`${backups}/shop/backup.lock`, encodeHolder(holder));
	const lost = { code: 'lock_lost', message: expect.stringContaining('process 7 on web-2') as string };
	await until('the loss is noticed', () => {
		return destination.create('later').then(
			(writer) => writer.abort().then(() => false),
			() => true,
		);
	});
	await expect(begun.write(Buffer.from('more'))).rejects.toMatchObject(lost);
	await expect(written.commit()).rejects.toMatchObject(lost);
	expect(written.failure).toMatchObject(lost);
	for (const writer of [begun, written]) await writer.abort();
	await destination.release();
	expect(listTree(backups)).toEqual(['shop/', 'shop/20261120T020000Z-1a2b3c/', 'shop/backup.lock']);
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
