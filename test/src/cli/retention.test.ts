import { writeFileSync } from 'node:fs';

import { runCommandLine } from '../../../src/cli';
import { Scope } from '../../support/scope';
import { hourMs, storedIds, storePoint } from '../backup/retention-stand';

let scope: Scope;
let backups: string;
let www: string;

beforeAll(async () => {
	scope = await Scope.open('cli-retention');
});
afterAll(() => scope.close());

const hoursAgo = (hours: number): string => new Date(Date.now() - hours * hourMs).toISOString();

beforeEach(async () => {
	backups = scope.emptyFolder();
	www = scope.emptyFolder();
	writeFileSync(`${www}/index.html`, '<h1>shop</h1>');
	for (const hours of [73, 49, 25, 1]) await storePoint(backups, { startedAt: hoursAgo(hours) });
});

/** Options that name a site file with one site. */
function siteFile(more: object): string[] {
	const file = `${www}/site.json`;
	const definition = {
		name: 'shop',
		backup: { directories: [{ name: 'www', path: www }] },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
		...more,
	};
	writeFileSync(file, JSON.stringify(definition));
	return ['--site', file];
}

async function run(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
	const printed = { out: '', err: '' };
	const exitCode = await runCommandLine(['backup', ...args], {
		out: (text) => (printed.out += text),
		err: (text) => (printed.err += text),
		env: {},
	});
	return { exitCode, ...printed };
}

test('prune shows each decision with its reason; a dry run removes nothing', async () => {
	const site = siteFile({ retention: { keepLast: 2 } });
	const dry = await run('prune', ...site, '--dry-run');
	expect(dry).toMatchObject({ exitCode: 0, err: '' });
	expect(dry.out).toMatch(
		/^shop: Dry run\. local: Would remove 2 restore points \(200 B\), 2 kept\. \(.*s\)$/m,
	);
	expect(dry.out).toMatch(/^ {2}rules: keepLast 2$/m);
	expect(dry.out).toMatch(/^ {2}local +\S+ +good +keep +100 B +the newest good one; last 1 of 2$/m);
	expect(dry.out).toMatch(/^ {2}local +\S+ +good +drop +100 B +no rule keeps it \(keepLast 2\)$/m);
	expect(storedIds(backups)).toHaveLength(4);
	const real = await run('prune', ...site, '--json');
	expect(real.exitCode).toBe(0);
	expect(JSON.parse(real.out)).toMatchObject({
		reports: [{ site: 'shop', status: 'ok', destinations: [{ name: 'local', dropped: 2 }] }],
	});
	expect(storedIds(backups)).toHaveLength(2);
});

test('prune ends with 3 when nothing may be removed now, and with 1 when it failed', async () => {
	const site = siteFile({ retention: { keepLast: 1 } });
	await storePoint(backups, { startedAt: hoursAgo(0.5), state: 'partial' });
	const refused = await run('prune', ...site);
	expect(refused.exitCode).toBe(3);
	expect(refused.out).toContain('is partial.');
	expect(refused.out).toContain('Make a good backup first');
	const gone = siteFile({
		retention: { keepLast: 1 },
		destinations: [{ name: 'local', type: 'directory', path: `${backups}/gone` }],
	});
	expect((await run('prune', ...gone)).exitCode).toBe(1);
	const without = await run('prune', ...siteFile({}));
	expect(without).toMatchObject({ exitCode: 1, out: '' });
	expect(without.err).toContain('does not say how long its backups are kept');
});

test('hold and release keep a restore point and let it go', async () => {
	const site = siteFile({ retention: { keepLast: 1 } });
	const oldest = storedIds(backups).at(-1) ?? '';
	expect(await run('hold', oldest, ...site)).toMatchObject({ exitCode: 2 });
	expect(await run('hold', oldest, ...site, '--reason', 'the audit')).toEqual({
		exitCode: 0,
		err: '',
		out: `shop: Held ${oldest} in "local".\n`,
	});
	await run('prune', ...site);
	expect(storedIds(backups)).toHaveLength(2);
	expect((await run('list', ...site)).out).toMatch(new RegExp(`${oldest} +3 d +local +ok, held +- +100 B`));
	expect(await run('release', oldest, ...site)).toMatchObject({ exitCode: 0 });
	await run('prune', ...site);
	expect(storedIds(backups)).toHaveLength(1);
	expect(await run('confirm', storedIds(backups)[0] ?? '', ...site)).toMatchObject({ exitCode: 1 });
});

test('status ends with 0 when all is well, 3 when a backup was missed, 1 when there is no good one', async () => {
	const well = await run('status', ...siteFile({ expect: { every: '2h' } }));
	expect(well.exitCode).toBe(0);
	expect(well.out).toMatch(/^shop +local +ok +1 h +- +4 +400 B +20/m);
	const missed = await run('status', ...siteFile({ expect: { every: '30min', grace: '10min' } }));
	expect(missed.exitCode).toBe(3);
	expect(missed.out).toMatch(
		/^ {2}shop, local: The backup that was due at .* is missing, 0\.3\d hours beyond its grace\.$/m,
	);
	const nothing = siteFile({
		destinations: [{ name: 'local', type: 'directory', path: scope.emptyFolder() }],
	});
	expect(await run('status', ...nothing, '--json')).toMatchObject({ exitCode: 1 });
	expect((await run('status', ...nothing)).out).toContain('There is no good restore point.');
});

test('BK-33: run --if-missed catches up what was missed and does nothing else', async () => {
	const fresh = await run('run', '--if-missed', ...siteFile({ expect: { every: '24h' } }));
	expect(fresh).toEqual({ exitCode: 0, err: '', out: 'shop: No backup is missing, so none was made.\n' });
	const missed = await run('run', '--if-missed', ...siteFile({ expect: { every: '30min', grace: '1min' } }));
	expect(missed.exitCode).toBe(0);
	expect(storedIds(backups)).toHaveLength(5);
	const unknown = await run('run', '--if-missed', ...siteFile({}));
	expect(unknown).toMatchObject({ exitCode: 2 });
	expect(unknown.err).toContain('does not say when its backups are expected');
});
