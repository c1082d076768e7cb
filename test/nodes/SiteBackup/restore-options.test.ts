import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Scope } from '../../support/scope';
import { askTool, fromDefinition, runNode, sampleSite, type SampleSite } from './site-runner';

let scope: Scope;
let site: SampleSite;
let index: string;

beforeAll(async () => {
	scope = await Scope.open('node-restore-options');
	site = sampleSite(scope, 'shop');
	index = join(site.source, 'index.html');
	await runNode(fromDefinition('backUp', site.definition));
});
afterAll(() => scope.close());
beforeEach(() => writeFileSync(index, 'live'));

const restore = (options: Record<string, unknown>) =>
	runNode(fromDefinition('restore', site.definition, { options }));

const path = (artefact: string, inside: string) => ({ paths: { path: [{ artefact, path: inside }] } });

test.each([true, 'true', '={{ "yes" }}'])(
	'a dry run (%j) tells what would be done and changes nothing',
	async (dryRun) => {
		const run = await restore({ dryRun, overwrite: true });
		expect(run.json('Backup')).toEqual([
			expect.objectContaining({
				dryRun: true,
				ok: true,
				artefacts: [expect.objectContaining({ name: 'files-www', replaces: true })],
			}),
		]);
		expect(readFileSync(index, 'utf8')).toBe('live');
		expect((await restore({ dryRun })).json('Backup')[0]).toMatchObject({ ok: false });
	},
);

test('single paths are restored, and an entry that is incomplete is refused', async () => {
	writeFileSync(join(site.source, 'pictures', 'a.svg'), 'live');
	const run = await restore({ overwrite: true, ...path('files-www', 'pictures/a.svg') });
	expect(run.json('Backup')[0]).toMatchObject({ artefacts: [{ paths: ['pictures/a.svg'] }] });
	expect(readFileSync(join(site.source, 'pictures', 'a.svg'), 'utf8')).toBe('<svg/>');
	expect(readFileSync(index, 'utf8')).toBe('live');
	const { error } = await restore({ overwrite: true, ...path('files-www', ' ') });
	expect(error?.message).toBe('An entry of "Paths" is incomplete.');
});

test('single tables are asked of databases alone, and an entry that is incomplete is refused', async () => {
	const table = (artefact: string, name: string) => ({ tables: { table: [{ artefact, table: name }] } });
	const of = await restore({ allowErrors: true, ...table('files-www', 'public.orders') });
	expect(of.error?.message).toContain('files-www is no database of PostgreSQL');
	const { error } = await restore(table('', 'public.orders'));
	expect(error?.message).toBe('An entry of "Tables" is incomplete.');
});

test('BK-30: Drill proves a restore, and what is not proved is an error unless the report is asked for', async () => {
	const drill = (options: Record<string, unknown>) =>
		runNode(fromDefinition('drill', site.definition, { options }));
	const proved = await drill({ workFolder: scope.emptyFolder() });
	expect(proved.json('Backup')).toEqual([
		expect.objectContaining({ outcome: 'proved', ok: true, recorded: true }),
	]);
	expect(readFileSync(index, 'utf8')).toBe('live');
	const workFolder = scope.path('missing');
	expect((await drill({ workFolder })).error?.description).toContain('Give another work folder');
	const report = await drill({ workFolder, whenIncomplete: 'item' });
	expect(report.json('Backup')[0]).toMatchObject({ outcome: 'failed', ok: false });
});

test('BK-26: List Kept Copies gives an item for each; Remove Kept Copies removes only on a clear wish', async () => {
	await restore({ overwrite: true });
	const run = (operation: string, options: Record<string, unknown> = {}) =>
		runNode(fromDefinition(operation, site.definition, { options }));
	const copies = (await run('listKept')).json('Backup');
	expect(copies.length).toBeGreaterThan(0);
	expect(copies[0]).toMatchObject({ artefact: 'files-www', kind: 'directory', ageDays: 0 });
	expect((await run('removeKept')).error?.description).toContain('keepPreviousDays');
	const old = { olderThanDays: 0, partlyBackedUp: true };
	for (const dryRun of [true, '={{ "false" }}', 0]) {
		const [report] = (await run('removeKept', { ...old, dryRun })).json('Backup');
		expect(report).toMatchObject({ dryRun: true, status: 'ok' });
	}
	expect((await run('listKept', { artefacts: 'files-www' })).json('Backup')).toHaveLength(copies.length);
	expect((await run('removeKept', { olderThanDays: 0.5 })).error?.message).toContain('Older Than (Days)');
	// The site leaves "*.log" out of its backups.
	for (const partlyBackedUp of [false, '={{ "true" }}']) {
		const [held] = (await run('removeKept', { ...old, partlyBackedUp })).json('Backup');
		expect(held).toMatchObject({ status: 'warning', copies: copies.map(() => ({ action: 'kept' })) });
	}
	const [report] = (await run('removeKept', old)).json('Backup');
	expect(report).toMatchObject({ status: 'ok', copies: copies.map(() => ({ action: 'removed' })) });
	expect((await run('listKept')).json('Backup')).toEqual([]);
	const refused = await askTool({
		...fromDefinition('removeKept', site.definition, { options: { olderThanDays: 0 } }),
	});
	expect(refused).toContain('Allow Destructive Operations');
});
