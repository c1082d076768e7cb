import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';

import { backUpSite, listSite, verifySite, type BackupProgress } from '../../../src/backup';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { decodeManifest, type Manifest } from '../../../src/backup/manifest';
import { Scope } from '../../support/scope';
import { describeTree, fillWithHardNames, listTree, siteOf } from './stand';

let scope: Scope;
let folders = 0;

beforeAll(async () => {
	scope = await Scope.open('run');
});
afterAll(() => scope.close());

function folder(files: Record<string, string | Buffer> = {}): string {
	folders += 1;
	const path = scope.path(`folder-${folders}`);
	mkdirSync(path);
	for (const [name, content] of Object.entries(files)) writeFileSync(`${path}/${name}`, content);
	return path;
}

function manifestIn(destination: string, id: string): Manifest {
	return decodeManifest(readFileSync(`${destination}/shop/${id}/manifest.json`), 'm');
}

/** Zeros that take no space but some seconds to read. */
function largeFolder(sizeBytes: string): string {
	const path = folder();
	execFileSync('truncate', ['-s', sizeBytes, `${path}/zeros`]);
	return path;
}

test('all sources are stored in all destinations under one id, and nothing else is left', async () => {
	const [www, data, one, two] = [folder({ a: 'alpha' }), folder({ b: 'beta' }), folder(), folder()];
	const site = siteOf({ www, data }, { one, two });
	const report = await backUpSite(site, { now: () => new Date('2026-11-20T02:00:00Z') });
	expect(report).toMatchObject({
		site: 'shop',
		status: 'ok',
		message: expect.stringMatching(/^Backed up 2 artefacts \(.*\) in 2 destinations\. Every copy /),
		startedAt: '2026-11-20T02:00:00.000Z',
		artefacts: [
			{ name: 'files-www', kind: 'directory', status: 'ok', entries: 2, warnings: [] },
			{ name: 'files-data', kind: 'directory', status: 'ok', entries: 2, warnings: [] },
		],
		destinations: [
			{ name: 'one', place: one, status: 'ok', folder: `shop/${report.id}`, problems: [] },
			{ name: 'two', place: two, status: 'ok', folder: `shop/${report.id}`, problems: [] },
		],
	});
	const files = ['files-data.tar.zst', 'files-www.tar.zst', 'manifest.json'];
	for (const destination of [one, two]) {
		expect(listTree(destination)).toEqual([
			'shop/',
			`shop/${report.id}/`,
			...files.map((file) => `shop/${report.id}/${file}`),
		]);
		expect(manifestIn(destination, report.id)).toMatchObject({
			site: { name: 'shop', domain: 'shop.example.com' },
			status: 'ok',
			writtenBy: expect.stringMatching(/^n8n-nodes-opsdesk \d+\.\d+\.\d+/),
			artefacts: report.artefacts.map(({ name, sha256 }) => ({ name, sha256 })),
			notKept: expect.arrayContaining([expect.stringContaining('extended attributes')]),
		});
	}
	expect(await verifySite(site, {}, { restorePoint: 'latest' })).toMatchObject({ ok: true });
});

test('BK-11: the commands that stand in the manifest restore the same with zstd and tar alone', async () => {
	const [parent, backups] = [folder(), folder()];
	const www = `${parent}/it's $(here)`;
	mkdirSync(www);
	fillWithHardNames(www);
	const before = describeTree(www);
	const { id, status } = await backUpSite(siteOf({ www }, { backups }), {});
	expect(status).toBe('ok');
	execFileSync('mv', [www, `${parent}/before`]);
	const { recipe } = manifestIn(backups, id);
	execFileSync('sh', ['-e', '-c', recipe.join('\n')], {
		cwd: `${backups}/shop/${id}`,
		env: { PATH: process.env['PATH'] ?? '' },
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	expect(describeTree(www)).toBe(before);
});

test('a source that is missing is told, the others are stored, and the whole is no success', async () => {
	const [www, data, backups] = [folder({ a: 'alpha' }), folder({ b: 'beta' }), folder()];
	const site = siteOf({ www, gone: scope.path('gone'), data }, { backups });
	const report = await backUpSite(site, {});
	expect(report).toMatchObject({
		status: 'partial',
		message: expect.stringMatching(/^Incomplete: only 2 artefacts .*files-gone: .*gone does not exist/),
		destinations: [{ status: 'partial' }],
	});
	expect(report.artefacts.map(({ name, status }) => `${name} ${status}`)).toEqual([
		'files-www ok',
		'files-gone failed',
		'files-data ok',
	]);
	expect(manifestIn(backups, report.id)).toMatchObject({
		status: 'partial',
		failures: [{ name: 'files-gone', message: expect.stringContaining('does not exist') }],
	});
	const { restorePoints } = await listSite(site, {});
	expect(restorePoints).toMatchObject([{ state: 'partial', missing: ['files-gone'] }]);
	expect(await verifySite(site, {}, { restorePoint: 'latest' })).toMatchObject({ ok: false });
	expect(await verifySite(site, {}, { restorePoint: report.id })).toMatchObject({
		ok: false,
		message: expect.stringContaining('lacks files-gone'),
	});
});

test('when no source can be read nothing is stored, not even a folder', async () => {
	const backups = folder();
	const site = siteOf({ gone: scope.path('gone') }, { backups });
	const report = await backUpSite(site, {});
	expect(report).toMatchObject({
		status: 'failed',
		message: expect.stringMatching(/^Failed, nothing was stored\. files-gone: .*does not exist/),
	});
	expect(listTree(backups)).toEqual(['shop/']);
	expect(await listSite(site, {})).toEqual({ restorePoints: [], problems: [] });
});

test('a destination that is missing fails alone and is not made', async () => {
	const [www, backups] = [folder({ a: 'alpha' }), folder()];
	const unmounted = scope.path('unmounted');
	const site = siteOf({ www }, { unmounted, backups });
	expect(await backUpSite(site, {})).toMatchObject({
		status: 'partial',
		message: expect.stringContaining('unmounted: The destination'),
		destinations: [
			{ name: 'unmounted', status: 'failed', problems: [{ code: 'destination_missing' }] },
			{ name: 'backups', status: 'ok' },
		],
	});
	expect(existsSync(unmounted)).toBe(false);
	expect(await listSite(site, {})).toMatchObject({
		restorePoints: [{ destination: 'backups', state: 'ok' }],
		problems: [{ destination: 'unmounted', problem: { code: 'destination_missing' } }],
	});
	expect(await verifySite(site, {}, { restorePoint: 'latest' })).toMatchObject({
		ok: false,
		destinations: [
			{ ok: false, problem: { code: 'destination_missing' } },
			{ ok: true, checkedBytes: expect.any(Number) },
		],
	});
	expect(await backUpSite(siteOf({ www }, { unmounted }), {})).toMatchObject({
		status: 'failed',
		artefacts: [],
	});
});

test.each([0.1, 0.5, 0.99])(
	'BK-1: a disk that is full at %d of the archive fails the run, names what is free, and keeps what was there',
	async (part) => {
		const [www, small, other] = [folder({ a: 'alpha' }), folder(), folder()];
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]);
		try {
			const earlier = await backUpSite(siteOf({ www }, { small }), {});
			expect(earlier.status).toBe('ok');
			const before = execFileSync('sh', ['-c', 'find . -type f -exec sha256sum {} + | sort'], {
				cwd: small,
			});
			writeFileSync(`${www}/random`, randomBytes(Math.ceil(4_150_000 / part)));
			const report = await backUpSite(siteOf({ www }, { small, other }), {});
			expect(report).toMatchObject({
				status: 'partial',
				destinations: [{ status: 'failed', problems: [{ code: 'destination_full' }] }, { status: 'ok' }],
			});
			expect(report.message).toMatch(/needs more than the \d+ bytes that fitted, \d+ bytes are free/);
			expect(await backUpSite(siteOf({ www }, { small }), {})).toMatchObject({
				status: 'failed',
				message: expect.stringContaining('needs more than'),
				artefacts: [{ status: 'failed', problem: { code: 'destination_full' } }],
				destinations: [{ status: 'failed', problems: [{ code: 'destination_full' }] }],
			});
			expect(readdirSync(`${small}/shop`)).toEqual([earlier.id]);
			const after = execFileSync('sh', ['-c', 'find . -type f -exec sha256sum {} + | sort'], {
				cwd: small,
			});
			expect(after.equals(before)).toBe(true);
		} finally {
			execFileSync('umount', [small]);
		}
	},
);

test('a directory that holds its own backups by way of a link is refused unless they are excluded', async () => {
	const www = folder({ a: 'alpha' });
	mkdirSync(`${www}/b [1]`);
	const link = scope.path('link');
	symlinkSync(`${www}/b [1]`, link);
	const site = siteOf({ www }, { link });
	const report = await backUpSite(site, {});
	expect(report).toMatchObject({
		status: 'failed',
		artefacts: [{ problem: { code: 'source_contains_backups' } }],
	});
	const pattern = /add "(.*)" to the exclude patterns of "www"/.exec(
		report.artefacts[0]?.problem?.remedy ?? '',
	)?.[1];
	expect(pattern).toBe('/b \\[1\\]/shop/'.replace('\\]', ']'));
	for (const source of site.backup.directories) source.exclude.push(pattern ?? '');
	expect((await backUpSite(site, {})).status).toBe('ok');
});

test('a directory that lies in the place where its backups are kept, by way of a link, is refused', async () => {
	const backups = folder();
	mkdirSync(`${backups}/shop/www`, { recursive: true });
	writeFileSync(`${backups}/shop/www/a`, 'alpha');
	const link = scope.path('inside');
	symlinkSync(`${backups}/shop/www`, link);
	expect(await backUpSite(siteOf({ www: link }, { backups }), {})).toMatchObject({
		status: 'failed',
		artefacts: [
			{
				problem: {
					code: 'source_contains_backups',
					message: expect.stringContaining('lies in the place where backups are kept'),
				},
			},
		],
	});
});

test.each([
	['is there', 'commit'],
	['is half written', 'write'],
] as const)('BK-1: a run that fails once its manifest %s removes the manifest first', async (_, step) => {
	const [www, backups] = [folder({ a: 'alpha' }), folder()];
	const create = DirectoryDestination.prototype.create;
	const creating = jest.spyOn(DirectoryDestination.prototype, 'create');
	creating.mockImplementation(async function (this: DirectoryDestination, path) {
		const writer = await create.call(this, path);
		if (!path.endsWith('manifest.json')) return writer;
		const failAfter = (done: string): void => {
			if (done === step) throw new Error('EIO: i/o error');
		};
		return {
			write: (bytes) => writer.write(bytes).then(() => failAfter('write')),
			commit: () => writer.commit().then(() => failAfter('commit')),
			abort: () => writer.abort(),
		};
	});
	const removing = jest.spyOn(DirectoryDestination.prototype, 'remove');
	try {
		expect(await backUpSite(siteOf({ www }, { backups }), {})).toMatchObject({
			status: 'failed',
			destinations: [{ status: 'failed', problems: [{ message: expect.stringContaining('EIO') }] }],
		});
		const removed = removing.mock.calls.map(([path]) => path.replace(/^shop\/[^/]*?\/?(?=[^/]*$)/, ''));
		const files = ['files-www.tar.zst'];
		if (step === 'commit') files.unshift('manifest.json');
		expect(removed.slice(0, files.length)).toEqual(files);
	} finally {
		creating.mockRestore();
		removing.mockRestore();
	}
	expect(listTree(backups)).toEqual(['shop/']);
});

test('two destinations that are one folder by way of a link are told apart: one fails', async () => {
	const [www, backups] = [folder({ a: 'alpha' }), folder()];
	const link = scope.path('same');
	symlinkSync(backups, link);
	expect(await backUpSite(siteOf({ www }, { backups, link }), {})).toMatchObject({
		status: 'partial',
		destinations: [
			{ status: 'ok' },
			{ status: 'failed', problems: [{ message: expect.stringContaining('is the same folder as') }] },
		],
	});
});

test('progress is told a few times a second, and at the end of each artefact', async () => {
	const told: BackupProgress[] = [];
	const started = performance.now();
	const site = siteOf({ large: largeFolder('1G'), www: folder({ a: 'alpha' }) }, { backups: folder() });
	const report = await backUpSite(site, { progress: (progress) => told.push(progress) });
	const [large, www] = report.artefacts;
	const last = (name: string) => told.findLast(({ artefact }) => artefact === name);
	expect(last('files-large')).toEqual({
		step: 'backUp',
		artefact: 'files-large',
		plainBytes: large?.plainBytes,
		storedBytes: large?.storedBytes,
		entries: 2,
	});
	expect(last('files-www')).toMatchObject({ plainBytes: www?.plainBytes });
	expect(told.length).toBeLessThanOrEqual((performance.now() - started) / 250 + 2);
});
