import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite, listSite, verifySite, type BackupContext, type BackupReport } from '../../../src/backup';
import type { Site } from '../../../src/shared';
import { mountFaultyDisk, type Fault, type FaultyDisk } from '../../support/faulty-disk';
import { PowerCut, type Survivors } from '../../support/faulty-disk/power-cut';
import { Scope } from '../../support/scope';
import { until } from './engine-stand';
import { listTree, siteOf } from './stand';

/** Much longer than a disk that is well needs on a busy machine. */
const patienceMs = 2000;
let scope: Scope;
let disk: FaultyDisk;

beforeAll(async () => {
	scope = await Scope.open('faulty');
	disk = await mountFaultyDisk(scope);
});
afterAll(() => scope.close());
afterEach(() => {
	disk.fail();
	for (const name of readdirSync(disk.folder)) rmSync(join(disk.folder, name), { recursive: true });
	disk.changes();
});

function folderOf(...sizes: number[]): string {
	const folder = scope.emptyFolder();
	sizes.forEach((size, index) => writeFileSync(`${folder}/${index}`, randomBytes(size)));
	return folder;
}

// BK-3 here: what a disk may have lost of what was not put on it by fsync, at each step of runs that also prune. Not
// shown, because only a machine with real disks can: a disk that says "written" and has not, and sectors half written.
describe('BK-3: whenever the power is cut', () => {
	/** Of the folder of a destination, what verifies as good; whatever says that it is good must be. */
	async function goodOnes(backups: string): Promise<string[]> {
		const site = siteOf({ www: '/nowhere' }, { backups });
		const { restorePoints, problems } = await listSite(site, {});
		expect(problems).toEqual([]);
		const good = restorePoints.filter(({ state }) => state === 'ok').map(({ id }) => id);
		for (const restorePoint of good) {
			expect(await verifySite(site, {}, { restorePoint })).toMatchObject({ ok: true });
		}
		return good;
	}

	test('what lists as good is good, there is always the newest that was reported, and pruning loses none of these', async () => {
		const www = folderOf(300_000, 10, 40_000);
		const site = siteOf({ www }, { disk: disk.folder }, { retention: { keepLast: 1, afterBackup: true } });
		const power = new PowerCut();
		const seen = new Set<string>();
		let reported: string | undefined;
		let cuts = 0;
		const cut = async (survivors: Survivors): Promise<void> => {
			const fingerprint = power.fingerprint(survivors);
			if (seen.has(fingerprint)) return;
			seen.add(fingerprint);
			const backups = scope.emptyFolder();
			power.restart(survivors, backups);
			const good = await goodOnes(backups);
			// Between two runs, the older one until the newer is good.
			if (reported !== undefined && good.length === 0) throw new Error(`Nothing is good after ${cuts} cuts.`);
			cuts += 1;
		};
		for (let run = 0; run < 3; run += 1) {
			writeFileSync(`${www}/of-this-run`, randomBytes(1000));
			const { status, id } = await backUpSite(site, {});
			expect(status).toBe('ok');
			for (const change of disk.changes()) {
				power.apply(change);
				for (const survivors of ['nothing', 'names', 'contents'] as const) await cut(survivors);
			}
			reported = id;
			const backups = scope.emptyFolder();
			power.restart('nothing', backups);
			expect(await goodOnes(backups)).toEqual([id]);
		}
		expect(cuts).toBeGreaterThan(30);
	});
});

// BK-39 and BK-9 here. Real network shares are not shown: the kernels that tests run on need not know any. What such a
// share does to a process is done by the faulty disk: it answers with the same errors, or not at all.
describe('a disk of the source', () => {
	const siteOfDisk = (): Site => {
		mkdirSync(`${disk.folder}/www/closed`, { recursive: true });
		writeFileSync(`${disk.folder}/www/broken`, randomBytes(500_000));
		writeFileSync(`${disk.folder}/www/closed/inside`, 'inside');
		writeFileSync(`${disk.folder}/www/whole`, 'whole');
		return siteOf({ www: `${disk.folder}/www` }, { backups: folderOf() });
	};

	test('BK-9: what it can read only in part or not at all is named, and the others are saved', async () => {
		const site = siteOfDisk();
		disk.fail(
			{ operation: 'read', path: '/broken', beyondBytes: 200_000, error: 'EIO' },
			{ operation: 'readdir', path: '/closed', error: 'EIO' },
			{ operation: 'open', path: '/whole', error: 'EIO' },
		);
		const report = await backUpSite(site, {});
		expect(report).toMatchObject({ status: 'warning', artefacts: [{ status: 'warning' }] });
		expect(report.artefacts[0]?.warnings).toEqual([
			expect.stringMatching(/^broken: could be read only up to byte \d+ of 500000, .*EIO: i\/o error$/),
			'closed: cannot be read: EIO: i/o error',
			'whole: cannot be read: EIO: i/o error',
		]);
		expect(await verifySite(site, {}, { restorePoint: 'latest' })).toMatchObject({ ok: true });
	});

	test('BK-9: when its root cannot be read that is told, not an unforeseen error', async () => {
		const site = siteOfDisk();
		disk.fail({ operation: 'readdir', path: '/www', error: 'EIO' });
		expect(await backUpSite(site, {})).toMatchObject({
			status: 'failed',
			artefacts: [
				{ problem: { code: 'source_unreadable', message: expect.stringMatching(/www cannot be read: EIO/) } },
			],
		});
	});

	test.each<[string, Fault]>([
		['its root is looked at', { path: '/www' }],
		['a file is read', { operation: 'read', path: '/broken', after: 2 }],
	])('BK-39: when it no longer answers as %s the run ends, and keeps nothing', async (_, fault) => {
		const site = siteOfDisk();
		disk.fail(fault);
		const report = await backUpSite(site, { patienceMs });
		expect(report).toMatchObject({
			status: 'failed',
			artefacts: [
				{
					problem: {
						code: 'source_unreadable',
						message: expect.stringMatching(/has not answered for 2 seconds/),
					},
				},
			],
		});
		const [destination] = site.destinations;
		expect(listTree(destination && 'path' in destination ? destination.path : '')).toEqual(['shop/']);
		disk.fail();
		await until('it is backed up', async () => (await backUpSite(site, {})).status === 'ok');
	});
});

describe('a disk of the destination', () => {
	/** A good backup there, then one during which the disk fails; also to a folder where all is well. */
	async function runWith(
		context: BackupContext,
		fault: Fault,
	): Promise<{ report: BackupReport; site: Site; before: string[] }> {
		const sources = { www: folderOf(600_000, 10), data: folderOf(600_000) };
		const site = siteOf(sources, { disk: disk.folder, other: folderOf() });
		expect(await backUpSite(site, {})).toMatchObject({ status: 'ok' });
		const before = listTree(disk.folder);
		disk.fail(fault);
		return { report: await backUpSite(site, context), site, before };
	}

	/** When the disk works again, the next run is good and cleans up. */
	async function expectRecovery(
		site: Site,
		lockTimes = { heartbeatMs: 50, staleAfterMs: 300 },
	): Promise<void> {
		disk.fail();
		// What was left unanswered gets its answer a moment later.
		await until('it is asked again', async () => (await listSite(site, {})).problems.length === 0);
		expect(await backUpSite(site, {}, { lockTimes, waitForLockMs: 30_000 })).toMatchObject({ status: 'ok' });
		const { restorePoints } = await listSite(site, {});
		expect(restorePoints.filter(({ state }) => state !== 'ok' && state !== 'partial')).toEqual([]);
		expect(listTree(disk.folder).filter((path) => /partial|lock/.test(path))).toEqual([]);
	}

	test.each([
		['is made read-only', 'EROFS', 'destination_refused', /cannot be written to by uid 0 \(EROFS\)/],
		['goes stale', 'ESTALE', 'destination_refused', /ESTALE: stale file handle/],
		['is over its quota', 'EDQUOT', 'destination_full', /needs more than the \d+ bytes/],
		['has no connection any more', 'ENOTCONN', 'destination_refused', /ENOTCONN/],
		['fails', 'EIO', 'destination_refused', /EIO/],
		['is out of inodes', 'ENOSPC', 'destination_full', /ENOSPC|bytes are free/],
	])(
		'BK-39: when it %s in the middle of a run that is told, and the other is good',
		async (_, error, code, text) => {
			const changing: Fault['operation'] = ['write', 'create', 'mkdir', 'rename', 'unlink', 'rmdir', 'fsync'];
			const isAll = error === 'ESTALE' || error === 'ENOTCONN';
			const { report, site, before } = await runWith(
				{},
				{ path: '/shop', after: isAll ? 40 : 10, error, ...(!isAll && { operation: changing }) },
			);
			expect(report).toMatchObject({
				status: 'partial',
				destinations: [{ status: 'failed' }, { name: 'other', status: 'ok' }],
			});
			const [first] = report.destinations[0]?.problems ?? [];
			expect(first).toMatchObject({ code, message: expect.stringMatching(text), remedy: expect.any(String) });
			disk.fail();
			expect(listTree(disk.folder)).toEqual(expect.arrayContaining(before));
			expect(listTree(disk.folder).filter((path) => path.endsWith('manifest.json'))).toHaveLength(1);
			await expectRecovery(site);
		},
	);

	test.each<[string, Fault]>([
		['its folder is looked at', {}],
		['a file is written', { operation: 'write', path: '/files-', after: 3 }],
		['a file gets its final name', { operation: ['rename', 'rename2'], path: '/files-' }],
	])('BK-39: when it no longer answers as %s the run ends and says so', async (_, fault) => {
		const { report, site } = await runWith({ patienceMs }, fault);
		expect(report.destinations[0]).toMatchObject({
			status: 'failed',
			problems: expect.arrayContaining([
				expect.objectContaining({
					code: 'destination_unreachable',
					message: `The destination ${disk.folder} has not answered for 2 seconds.`,
				}),
			]),
		});
		await expectRecovery(site);
	});

	test('BK-39: a list and a verification end as well when it no longer answers', async () => {
		const site = siteOf({ www: folderOf(1_000_000) }, { disk: disk.folder });
		await backUpSite(site, {});
		disk.fail({ operation: 'readdir' });
		expect(await listSite(site, { patienceMs })).toMatchObject({
			restorePoints: [],
			problems: [{ problem: { code: 'destination_unreachable' } }],
		});
		disk.fail({ operation: 'read', path: '/files-', after: 3 });
		expect(await verifySite(site, { patienceMs }, { restorePoint: 'latest' })).toMatchObject({
			ok: false,
		});
	});
});

describe('the root of a destination', () => {
	test('BK-39: a link is followed to where it leads; one that leads nowhere is told and nothing is made', async () => {
		const [www, backups] = [folderOf(10), folderOf()];
		const [link, dangling] = [scope.path('link'), scope.path('dangling')];
		execFileSync('ln', ['-s', backups, link]);
		execFileSync('ln', ['-s', scope.path('unmounted'), dangling]);
		const { id, status } = await backUpSite(siteOf({ www }, { link }), {});
		expect(status).toBe('ok');
		expect(listTree(backups)).toContain(`shop/${id}/manifest.json`);
		expect(await backUpSite(siteOf({ www }, { dangling }), {})).toMatchObject({
			status: 'failed',
			destinations: [{ problems: [{ code: 'destination_missing' }] }],
		});
		expect(existsSync(scope.path('unmounted'))).toBe(false);
		expect(await verifySite(siteOf({ www }, { dangling }), {}, { restorePoint: id })).toMatchObject({
			ok: false,
			destinations: [{ problem: { code: 'destination_missing' } }],
		});
	});

	test('BK-39: whatever the umask, files are for their owner alone', async () => {
		const [www, backups] = [folderOf(10), folderOf()];
		const earlier = process.umask(0);
		try {
			expect(await backUpSite(siteOf({ www }, { backups }), {})).toMatchObject({ status: 'ok' });
			await verifySite(siteOf({ www }, { backups }), {}, { restorePoint: 'latest' });
		} finally {
			process.umask(earlier);
		}
		const modes = execFileSync('find', ['.', '-mindepth', '1', '-printf', '%y%m\n'], { cwd: backups });
		expect([...new Set(modes.toString().trim().split('\n'))].sort()).toEqual(['d700', 'f600']);
	});
});
