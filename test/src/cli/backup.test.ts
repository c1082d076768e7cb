import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';

import type { BackupReport, RestoreReport, VerificationReport } from '../../../src/backup';
import { runCommandLine } from '../../../src/cli';
import { Scope } from '../../support/scope';
import { commandLine, listTree } from '../backup/stand';
import { dumpArtefact, storeRestorePoint } from '../backup/verdict';

let scope: Scope;
let at: string;
let round = 0;

beforeAll(async () => {
	scope = await Scope.open('cli');
});
afterAll(() => scope.close());

beforeEach(() => {
	round += 1;
	at = scope.path(`round-${round}`);
	for (const folder of ['', '/www', '/data', '/backups']) mkdirSync(`${at}${folder}`);
	writeFileSync(`${at}/www/index.html`, '<h1>shop</h1>'.repeat(1000));
	writeFileSync(`${at}/data/table`, 'a;b;c');
});

const definition = (name: string, paths: Record<string, string>) => ({
	name,
	backup: { directories: Object.entries(paths).map(([source, path]) => ({ name: source, path })) },
	destinations: [{ name: 'local', type: 'directory', path: `${at}/backups` }],
});

/** Writes a site file and returns the options that name it. */
function siteFile(...sites: unknown[]): string[] {
	const file = `${at}/sites.json`;
	writeFileSync(file, JSON.stringify(sites));
	return ['--site', file];
}

const shop = () => siteFile(definition('shop', { www: `${at}/www`, data: `${at}/data` }));

async function run(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
	const printed = { out: '', err: '' };
	const exitCode = await runCommandLine(['backup', ...args], {
		out: (text) => (printed.out += text),
		err: (text) => (printed.err += text),
		env: {},
	});
	return { exitCode, ...printed };
}

async function json<T>(...args: string[]): Promise<{ exitCode: number; value: T }> {
	const { exitCode, out, err } = await run(...args, '--json');
	expect(err).toBe('');
	return { exitCode, value: JSON.parse(out) as T };
}

test('run, list, verify and restore say in a short table what they have done, with exit code 0', async () => {
	const site = shop();
	const backedUp = await run('run', ...site);
	expect(backedUp).toMatchObject({ exitCode: 0, err: '' });
	expect(backedUp.out).toMatch(
		/^shop: Backed up 2 artefacts \(.*kB, stored as .*\) in 1 destination\. .* \(.*s\)$/m,
	);
	expect(backedUp.out).toMatch(/^ {2}files-www +ok +\d[\d.]* kB +\d[\d.]* k?B +\d/m);
	const listed = await run('list', ...site);
	expect(listed).toMatchObject({ exitCode: 0, err: '' });
	expect(listed.out).toMatch(
		/^shop +\d{8}T\d{6}Z-[0-9a-f]{6} +0 min +local +ok +- +\S+ k?B +files-www, files-data$/m,
	);
	const verified = await run('verify', ...site);
	expect(verified.out).toMatch(/^shop: Proved whole in 1 destination/);
	expect(verified.exitCode).toBe(0);
	rmSync(`${at}/www`, { recursive: true });
	const restored = await run('restore', 'latest', ...site, '--artefact', 'files-www');
	expect(restored).toMatchObject({ exitCode: 0, err: '' });
	expect(restored.out).toContain(`directory ${at}/www`);
	expect(readFileSync(`${at}/www/index.html`, 'utf8')).toContain('shop');
});

test('with --json each command prints one document', async () => {
	const site = shop();
	const made = await json<{ reports: BackupReport[] }>('run', ...site);
	expect(made).toMatchObject({ exitCode: 0, value: { reports: [{ site: 'shop', status: 'ok' }] } });
	const id = made.value.reports[0]?.id ?? '';
	expect(await json('list', ...site)).toMatchObject({
		exitCode: 0,
		value: { restorePoints: [{ id, state: 'ok', destination: 'local' }], problems: [] },
	});
	expect(await json<{ reports: VerificationReport[] }>('verify', id, ...site)).toMatchObject({
		exitCode: 0,
		value: { reports: [{ ok: true, destinations: [{ id }] }] },
	});
	const to = `files-www=${at}/a=b`;
	const restored = await json<RestoreReport>('restore', id, ...site, '--to', to, '--artefact', 'files-www');
	expect(restored).toMatchObject({ exitCode: 0, value: { id, artefacts: [{ name: 'files-www' }] } });
	expect(listTree(`${at}/a=b`)).toEqual(['index.html']);
});

test('what verify could not check is shown, with exit code 3 and never as proved', async () => {
	// A format of dumps that is newer than this package.
	storeRestorePoint(`${at}/backups`, dumpArtefact, Buffer.from('PGDMP\u0001\u0063\0 and more'));
	const { exitCode, out } = await run('verify', ...shop());
	expect(exitCode).toBe(3);
	expect(out).toMatch(/^shop: Unchanged since it was stored .*, but not all of it could be proved\./);
	expect(out).toMatch(/^ +db-main +not proved +.*only its first bytes were checked/m);
	expect(out).not.toMatch(/ ok /);
});

test('warnings end with exit code 3, anything missing or damaged with 1', async () => {
	rmSync(`${at}/data`, { recursive: true });
	const missing = await json<{ reports: BackupReport[] }>('run', ...shop());
	expect(missing).toMatchObject({ exitCode: 1, value: { reports: [{ status: 'partial' }] } });
	const text = await run('run', ...shop());
	expect(text.exitCode).toBe(1);
	expect(text.out).toMatch(/^shop: Incomplete: /);
	expect(text.out).toMatch(/data does not exist where n8n or the command runs\.\n {4}Correct the path/);
	const typo = definition('shop', { www: `${at}/www` });
	const warned = siteFile({
		...typo,
		backup: { directories: [{ name: 'www', path: `${at}/www`, include: ['index.html', '*.typo'] }] },
	});
	const made = await json<{ reports: BackupReport[] }>('run', ...warned);
	expect(made).toMatchObject({
		exitCode: 3,
		value: { reports: [{ status: 'warning', artefacts: [{ warnings: [expect.any(String)] }] }] },
	});
	writeFileSync(`${at}/backups/shop/${made.value.reports[0]?.id}/files-www.tar.zst`, 'damaged');
	const damaged = await run('verify', ...warned);
	expect(damaged.exitCode).toBe(1);
	expect(damaged.out).toMatch(/^shop: Not proved in 1 of 1 destination\./);
	expect(damaged.out).toMatch(/files-www +NOT OK +the file has 7 bytes instead of \d+/);
	expect(await run('restore', 'latest', ...warned, '--overwrite')).toMatchObject({
		exitCode: 1,
		err: expect.stringContaining('is damaged'),
	});
	rmSync(`${at}/backups`, { recursive: true });
	const unknown = await run('list', ...warned);
	expect(unknown.exitCode).toBe(1);
	expect(unknown.out).toMatch(
		/^Unknown: what "local" holds of "shop"\.\n {2}The destination .* does not exist\.$/m,
	);
});

test('BK-4: while another process backs up the same site the command ends with exit code 3 and says who it is', async () => {
	writeFileSync(`${at}/www/zeros`, '');
	truncateSync(`${at}/www/zeros`, 100_000_000_000);
	const site = shop();
	const other = scope.start('other', process.execPath, { args: [commandLine, 'backup', 'run', ...site] });
	await other.ready(async () => existsSync(`${at}/backups/shop/backup.lock`), 60_000);
	// That it lives is seen by its sign of life, which comes every ten seconds.
	expect(await json('run', ...site)).toMatchObject({
		exitCode: 3,
		value: {
			reports: [
				{
					status: 'skipped',
					message: expect.stringMatching(new RegExp(`^Skipped: locked by process ${other.pid} on .* since`)),
				},
			],
		},
	});
	await other.end('SIGTERM');
});

test('sites of a file are backed up one after the other, or the named one alone', async () => {
	const [shopPaths, blogPaths] = [{ www: `${at}/www` }, { data: `${at}/data` }];
	const sites = siteFile(definition('shop', shopPaths), definition('blog', blogPaths));
	const both = await json<{ reports: BackupReport[] }>('run', ...sites);
	expect(both.value.reports.map(({ site, status }) => `${site} ${status}`)).toEqual(['shop ok', 'blog ok']);
	const one = await json<{ reports: BackupReport[] }>('run', ...sites, '--name', 'blog');
	expect(one.value.reports.map(({ site }) => site)).toEqual(['blog']);
	expect(await run('restore', 'latest', ...sites)).toMatchObject({
		exitCode: 2,
		err: expect.stringContaining('Give --name with one of: shop, blog.'),
	});
	expect(await run('verify', '20261120T020000Z-1a2b3c', ...sites)).toMatchObject({ exitCode: 2 });
	expect(await run('run', ...sites, '--name', 'blgo')).toMatchObject({
		exitCode: 2,
		err: expect.stringContaining('Choose from: shop, blog.'),
	});
});

test.each([
	[['run'], /required option '--site <file>' not specified/],
	[['run', '--site', 'x', '--wait', 'long'], /"--wait" is not a whole number/],
	[['restore', '--site', 'x'], /missing required argument 'restore-point'/],
	[['restore', 'latest', '--site', 'x', '--to', 'files-www'], /"files-www" is not NAME=TARGET/],
	[['run', '--site', 'x', '--docker', 'http://user:secret@host'], /neither unix:\/\/\/path nor tcp/],
	[['nonsense'], /unknown command/],
])(
	'BK-16: wrong usage %j ends with exit code 2, as text and as JSON, and repeats no secret',
	async (args, message) => {
		const text = await run(...args);
		expect(text).toMatchObject({ exitCode: 2, out: '', err: expect.stringMatching(message) });
		expect(text.err).not.toContain('secret');
		expect(await json(...args)).toMatchObject({
			exitCode: 2,
			value: { error: { code: 'usage', message: expect.stringMatching(message) } },
		});
	},
);

test.each(['../x', '', 'a/b', 'CON', '/etc', '..', 'x'.repeat(300), 'Shop', 'shöp'])(
	'BK-34: a site named %j is refused, and nothing is made in or outside the destination',
	async (name) => {
		const before = listTree(at);
		const site = siteFile(definition(name, { www: `${at}/www` }));
		expect(await json('run', ...site)).toMatchObject({
			exitCode: 1,
			value: { error: { code: 'site_invalid' } },
		});
		expect(listTree(at).filter((path) => path !== 'sites.json')).toEqual(before);
	},
);

test('BK-34: names of restore points and artefacts cannot lead out of the destination', async () => {
	const site = shop();
	await run('run', ...site);
	expect(await json('restore', '../../www', ...site)).toMatchObject({
		exitCode: 1,
		value: { error: { code: 'set_not_found' } },
	});
	expect(await json('restore', 'latest', ...site, '--artefact', '../x')).toMatchObject({
		exitCode: 1,
		value: { error: { code: 'artefact_unknown' } },
	});
});

test('Ctrl-C ends a run cleanly: exit code 1, no files, no lock', async () => {
	writeFileSync(`${at}/www/zeros`, '');
	truncateSync(`${at}/www/zeros`, 100_000_000_000);
	const child = scope.start('interrupted', process.execPath, {
		args: [commandLine, 'backup', 'run', ...siteFile(definition('shop', { www: `${at}/www` }))],
	});
	const started = async (): Promise<boolean> =>
		existsSync(`${at}/backups/shop`) && listTree(`${at}/backups`).some((path) => path.endsWith('.partial'));
	await child.ready(started, 60_000);
	await child.end('SIGINT');
	expect(child.tail()).toContain('The backup was cancelled.');
	expect(listTree(`${at}/backups`)).toEqual(['shop/']);
});
