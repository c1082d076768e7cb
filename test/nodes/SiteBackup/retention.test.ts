import { Scope } from '../../support/scope';
import { hourMs, storedIds, storePoint } from '../../src/backup/retention-stand';
import { askTool, fromDefinition, runNode, sampleSite, type SampleSite } from './site-runner';

let scope: Scope;
let site: SampleSite;
let round = 0;

beforeAll(async () => {
	scope = await Scope.open('node-retention');
});
afterAll(() => scope.close());

beforeEach(async () => {
	round += 1;
	site = sampleSite(scope, `shop${round}`);
	for (const hours of [72, 48, 24, 1]) {
		const startedAt = new Date(Date.now() - hours * hourMs).toISOString();
		await storePoint(site.backups, { startedAt }, site.name);
	}
});

const stored = (): string[] => storedIds(site.backups, site.name);
const definition = () => ({ ...site.definition, retention: { keepLast: 2 }, expect: { every: '24h' } });

test('Prune removes what no rule keeps; its dry run, and anything but a clear "no" to it, removes nothing', async () => {
	for (const dryRun of [true, '={{ "false" }}', 0]) {
		const [report] = (await runNode(fromDefinition('prune', definition(), { options: { dryRun } }))).json(
			'Backup',
		);
		expect(report).toMatchObject({ dryRun: true, destinations: [{ status: 'planned', dropped: 2 }] });
		expect(stored()).toHaveLength(4);
	}
	const [report] = (await runNode(fromDefinition('prune', definition()))).json('Backup');
	expect(report).toMatchObject({ status: 'ok', destinations: [{ name: 'local', dropped: 2, kept: 2 }] });
	expect(stored()).toHaveLength(2);
});

test('Prune is an error when nothing may be removed, unless the workflow asks for the report', async () => {
	const startedAt = new Date(Date.now() - hourMs / 2).toISOString();
	await storePoint(site.backups, { startedAt, state: 'partial' }, site.name);
	const { error } = await runNode(fromDefinition('prune', definition()));
	expect(error).toMatchObject({
		message: expect.stringContaining('is partial') as string,
		description: expect.stringContaining('Make a good backup first') as string,
	});
	const options = { whenIncomplete: 'item' };
	const [report] = (await runNode(fromDefinition('prune', definition(), { options }))).json('Backup');
	expect(report).toMatchObject({ status: 'warning', destinations: [{ status: 'refused' }] });
});

test('Hold keeps a restore point, Release lets it go, and Status gives numbers', async () => {
	const restorePointId = stored().at(-1) ?? '';
	const reason = 'the audit';
	const held = await runNode(fromDefinition('hold', definition(), { restorePointId, reason }));
	expect(held.json('Backup')).toEqual([expect.objectContaining({ ok: true, id: restorePointId })]);
	await runNode(fromDefinition('prune', definition()));
	expect(stored()).toHaveLength(3);
	const [status] = (await runNode(fromDefinition('status', definition()))).json('Backup');
	expect(status).toMatchObject({
		status: 'ok',
		missed: false,
		destinations: [
			{ newestGood: { ageHours: 1 }, counts: { good: 3, held: 1 }, expected: { missed: false } },
		],
	});
	await runNode(fromDefinition('release', definition(), { restorePointId }));
	await runNode(fromDefinition('prune', definition()));
	expect(stored()).toHaveLength(2);
	const { error } = await runNode(fromDefinition('confirm', definition(), { restorePointId: stored()[0] }));
	expect(error?.message).toContain('is not suspicious');
	const nothing = await runNode(fromDefinition('hold', definition(), { restorePointId: ' ', reason }));
	expect(nothing.error?.message).toContain('"Restore Point" is empty');
});

test('the fields of the node define retention and expected backups as a definition does', async () => {
	const fields = (more: object) => ({
		operation: 'prune',
		siteSource: 'fields',
		name: site.name,
		directories: { directory: [{ name: 'www', path: site.source }] },
		destinations: { destination: [{ name: 'local', type: 'directory', path: site.backups }] },
		...more,
	});
	const none = await runNode(fields({ retention: {} }));
	expect(none.error?.message).toContain('does not say how long its backups are kept');
	const wrong = await runNode(fields({ retention: { keepWithin: '14 days' } }));
	expect(wrong.error?.message).toContain('retention.keepWithin');
	const [pruned] = (await runNode(fields({ retention: { keepLast: 3, timezone: 'Europe/Moscow' } }))).json(
		'Backup',
	);
	expect(pruned).toMatchObject({ policy: 'keepLast 3', destinations: [{ dropped: 1 }] });
	const expect24 = { at: '00:00, 12:00', days: [], grace: '24h' };
	const [status] = (await runNode(fields({ operation: 'status', expect: expect24 }))).json('Backup');
	expect(status).toMatchObject({ destinations: [{ expected: { missed: false } }] });
});

test.each(['prune', 'release', 'confirm'])(
	'as a tool, %s is refused unless a person has allowed it',
	async (name) => {
		const restorePointId = stored()[0] ?? '';
		const answer = await askTool(fromDefinition(name, definition(), { restorePointId }));
		expect(answer).toContain(`As a tool, \\"${name}\\" is not allowed.`);
		expect(stored()).toHaveLength(4);
	},
);
