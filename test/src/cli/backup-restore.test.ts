import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { runCommandLine } from '../../../src/cli';
import { Scope } from '../../support/scope';
import { describeTree } from '../backup/stand';

let scope: Scope;
let site: string[];

beforeAll(async () => {
	scope = await Scope.open('cli-restore');
	for (const folder of ['www/a', 'backups']) mkdirSync(scope.path(folder), { recursive: true });
	for (const name of ['one', 'two']) writeFileSync(scope.path('www', 'a', name), `saved ${name}`);
	const definition = {
		name: 'shop',
		backup: { directories: [{ name: 'www', path: scope.path('www') }] },
		destinations: [{ name: 'local', type: 'directory', path: scope.path('backups') }],
	};
	writeFileSync(scope.path('site.json'), JSON.stringify(definition));
	site = ['--site', scope.path('site.json')];
	await run('run');
});
afterAll(() => scope.close());

async function run(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
	const printed = { out: '', err: '' };
	const exitCode = await runCommandLine(['backup', ...args, ...site], {
		out: (text) => (printed.out += text),
		err: (text) => (printed.err += text),
		env: {},
	});
	return { exitCode, ...printed };
}

test('--dry-run shows what a restore would do, with exit code 1 when it would be refused, and changes nothing', async () => {
	const before = describeTree(scope.folder);
	const refused = await run('restore', 'latest', '--dry-run');
	expect(refused).toMatchObject({ exitCode: 1, err: '' });
	expect(refused.out).toMatch(/^ {2}files-www +REFUSED +yes +\S+ k?B +\S+ .B +directory /m);
	expect(refused.out).toContain('Allow it to be overwritten');
	const allowed = await run('restore', 'latest', '--dry-run', '--overwrite', '--path', 'files-www=a/one');
	expect(allowed).toMatchObject({ exitCode: 0 });
	expect(allowed.out).toMatch(/Nothing was changed\..*\n.*\n {2}files-www +ok +yes/);
	expect(allowed.out).toContain('files-www: only a/one');
	expect(describeTree(scope.folder)).toBe(before);
});

test('BK-29: --path restores single files', async () => {
	for (const name of ['one', 'two']) writeFileSync(scope.path('www', 'a', name), 'live');
	expect(await run('restore', 'latest', '--overwrite', '--path', 'files-www=a/one')).toMatchObject({
		exitCode: 0,
	});
	const contents = ['one', 'two'].map((name) => readFileSync(scope.path('www', 'a', name), 'utf8'));
	expect(contents).toEqual(['saved one', 'live']);
	expect(await run('restore', 'latest', '--path', 'files-www')).toMatchObject({
		exitCode: 2,
		err: expect.stringContaining('Write e.g. --path files-www=uploads/a.jpg.'),
	});
});

test('BK-30: drill proves a restore with exit code 0, does less with 3, and fails with 1', async () => {
	const [work] = [scope.emptyFolder()];
	const proved = await run('drill', '--work-folder', work);
	expect(proved).toMatchObject({ exitCode: 0, err: '' });
	expect(proved.out).toMatch(
		/^shop: Drill of \S+ from "local"\. Proved: 1 artefact restored and compared, recovery/,
	);
	expect(proved.out).toMatch(/^ {2}files-www +proved +\S+ k?B +\S+ m?s +4 entries$/m);
	const { reports } = JSON.parse((await run('drill', '--json')).out) as { reports: { id: string }[] };
	expect(reports).toMatchObject([{ outcome: 'proved', recorded: true }]);
	// What was found must not be called good when nobody can look it up later.
	mkdirSync(scope.path('backups', 'shop', reports[0]?.id ?? '', 'drill.json.partial'));
	expect(await run('drill', '--work-folder', work)).toMatchObject({ exitCode: 3 });
	const failed = await run('drill', '--work-folder', `${work}/missing`);
	expect(failed).toMatchObject({ exitCode: 1, out: expect.stringContaining('FAILED') });
});

test('BK-26: kept list shows what restores have kept, and kept remove removes it once it is old enough', async () => {
	for (const name of readdirSync(scope.folder).filter((found) => found.startsWith('www.before-')))
		rmSync(scope.path(name), { recursive: true });
	expect(await run('kept', 'list')).toMatchObject({ exitCode: 0, out: 'Restores have kept nothing.\n' });
	await run('restore', 'latest', '--overwrite');
	const [name = ''] = readdirSync(scope.folder).filter((found) => found.startsWith('www.before-'));
	const listed = await run('kept', 'list');
	expect(listed).toMatchObject({ exitCode: 0, err: '' });
	expect(listed.out).toMatch(/^SITE +ARTEFACT +KEPT FOR +SIZE +REPLACED BY +PLACE +NAME$/m);
	expect(listed.out).toMatch(
		new RegExp(`^shop +files-www +0 d +\\d+ B +\\S+Z-\\w+ +directory .*www +.*${name}$`, 'm'),
	);
	expect(await run('kept', 'remove')).toMatchObject({
		exitCode: 1,
		err: expect.stringContaining('Nobody says how long'),
	});
	expect(await run('kept', 'remove', '--older-than-days', 'x')).toMatchObject({ exitCode: 2 });
	const young = await run('kept', 'remove', '--older-than-days', '1');
	expect(young).toMatchObject({ exitCode: 0, out: expect.stringContaining('Removed 0 of 1 kept copy.') });
	const dry = await run('kept', 'remove', '--older-than-days', '0', '--dry-run');
	expect(dry.out).toMatch(/^shop: Dry run\. Would remove 1 of 1 kept copy \(\d+ B\)\./);
	expect(existsSync(scope.path(name))).toBe(true);
	const removed = await run('kept', 'remove', '--older-than-days', '0', '--partly-backed-up', '--json');
	expect(JSON.parse(removed.out)).toMatchObject({
		reports: [{ status: 'ok', copies: [{ action: 'removed', artefact: 'files-www' }] }],
	});
	expect(existsSync(scope.path(name))).toBe(false);
	await run('restore', 'latest', '--overwrite');
	rmSync(scope.path('www'), { recursive: true });
	expect(await run('kept', 'remove', '--older-than-days', '0')).toMatchObject({
		exitCode: 3,
		out: expect.stringContaining('may be all there is'),
	});
});
