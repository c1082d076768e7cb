import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Scope } from '../../support/scope';
import { until } from '../../src/backup/engine-stand';
import { fromDefinition, runNode, sampleSite, type SampleSite } from './site-runner';

let scope: Scope;
let site: SampleSite;

beforeEach(async () => {
	scope = await Scope.open('site-failures');
	site = sampleSite(scope, 'shop');
});

afterEach(() => scope?.close());

const missing = (name = 'gone') => {
	const broken = sampleSite(scope, name);
	rmSync(broken.source, { recursive: true });
	return broken;
};
/** One source is there, the other is not. */
const half = () => {
	const definition = structuredClone(site.definition) as { backup: { directories: object[] } };
	definition.backup.directories.push({ name: 'uploads', path: join(site.source, 'none') });
	return definition;
};
const asItem = { options: { whenIncomplete: 'item' } };

/** Puts so much into a folder that a backup of it is under way for a moment: zeros that take no space. */
function fill(folder: string): void {
	execFileSync('truncate', ['-s', '600M', join(folder, 'zeros')]);
}

test('a failed backup is an error that says what failed and how to get unstuck', async () => {
	const broken = missing();
	const { error, executed } = await runNode(fromDefinition('backUp', broken.definition));
	expect(error?.message).toContain(`The directory ${broken.source} does not exist`);
	expect(error?.description).toContain('Correct the path in the site definition');
	expect(executed).toContain('Backup');
	expect(broken.restorePoints()).toEqual([]);
});

test('a partial backup is an error too, and what could be stored is kept', async () => {
	const { error } = await runNode(fromDefinition('backUp', half()));
	expect(error?.message).toMatch(/^shop: Incomplete: only 1 artefact /);
	expect(error?.message).toContain(`${site.source}/none does not exist`);
	expect(site.restorePoints()).toHaveLength(1);
});

test('with "Return the Report" the workflow gets the report of a backup that is not complete', async () => {
	const [partial] = (await runNode(fromDefinition('backUp', half(), asItem))).json('Backup');
	expect(partial).toMatchObject({
		status: 'partial',
		artefacts: [
			{ name: 'files-www', status: 'ok' },
			{ name: 'files-uploads', status: 'failed', problem: { code: 'source_missing' } },
		],
	});
	const [failed] = (await runNode(fromDefinition('backUp', missing().definition, asItem))).json('Backup');
	expect(failed).toMatchObject({ status: 'failed' });
});

test('BK-4 a backup that another one keeps from running is skipped, an error by default, and says by whom', async () => {
	fill(site.source);
	const [first, second] = await Promise.all([
		runNode(fromDefinition('backUp', site.definition)),
		runNode(fromDefinition('backUp', site.definition)),
	]);
	const runs = [first, second].sort((a, b) => Number(a.error !== undefined) - Number(b.error !== undefined));
	expect(runs[0]?.json('Backup')).toEqual([expect.objectContaining({ status: 'ok' })]);
	expect(runs[1]?.error).toMatchObject({
		message: expect.stringMatching(/^shop: Skipped: locked by .+ since \d{4}-/) as string,
		description: expect.stringContaining('Wait for Lock') as string,
	});
	expect(site.restorePoints()).toHaveLength(1);
});

test('BK-4 with "Wait for Lock" the second backup runs after the first', async () => {
	fill(site.source);
	const options = { waitForLockSeconds: 200 };
	const runs = await Promise.all([
		runNode(fromDefinition('backUp', site.definition, { options })),
		runNode(fromDefinition('backUp', site.definition, { options })),
	]);
	expect(runs.map((run) => run.json('Backup')[0]?.['status'])).toEqual(['ok', 'ok']);
	expect(site.restorePoints()).toHaveLength(2);
});

test.each(['stopWorkflow', 'continueRegularOutput'] as const)(
	'BK-41 a run that is cancelled ends as cancelled and leaves nothing half done (%s)',
	async (onError) => {
		fill(site.source);
		const second = sampleSite(scope, 'second');
		const definitions = [site.definition, second.definition];
		const left = (): string[] =>
			readdirSync(site.backups, { recursive: true, encoding: 'utf8' }).filter((path) => path !== 'shop');
		const isUnderWay = until('the backup is under way', () =>
			left().some((path) => path.includes('files-www')),
		);
		const parameters = fromDefinition('backUp', definitions);
		const run = await runNode(parameters, { onError }, undefined, undefined, isUnderWay);
		await isUnderWay;
		expect(run.status).toBe('canceled');
		// n8n does not wait for a node that it has cancelled.
		await until('nothing is left', () => left().length === 0);
		expect(second.restorePoints()).toEqual([]);
		expect((await runNode(fromDefinition('backUp', site.definition))).json('Backup')).toHaveLength(1);
	},
);

test.each([[-1], [0.5], ['soon']])(
	'a time to wait of %j is refused by its name',
	async (waitForLockSeconds) => {
		const { error } = await runNode(
			fromDefinition('backUp', site.definition, { options: { waitForLockSeconds } }),
		);
		expect(error?.message).toContain('"Wait for Lock (Seconds)" is not a whole number');
		expect(site.restorePoints()).toEqual([]);
	},
);

test('a damaged restore point fails Verify, or is reported as not ok', async () => {
	await runNode(fromDefinition('backUp', site.definition));
	const file = join(site.backups, 'shop', site.restorePoints()[0] ?? '', 'files-www.tar.zst');
	const bytes = readFileSync(file);
	bytes.writeUInt8(bytes.readUInt8(bytes.length - 10) ^ 1, bytes.length - 10);
	writeFileSync(file, bytes);
	const { error } = await runNode(fromDefinition('verify', site.definition));
	expect(error?.message).toMatch(/^shop: Not proved in 1 of 1 destination.*files-www/);
	expect(error?.description).toContain('Do not rely on this restore point');
	const [report] = (await runNode(fromDefinition('verify', site.definition, asItem))).json('Backup');
	expect(report).toMatchObject({ ok: false, destinations: [{ ok: false, artefacts: [{ ok: false }] }] });
});

test('Verify of a site without a restore point fails', async () => {
	const { error } = await runNode(fromDefinition('verify', site.definition));
	expect(`${error?.message} ${error?.description}`).toMatch(/no good restore point/);
});

describe('List', () => {
	test('gives nothing for a site that was never backed up, with a hint', async () => {
		const run = await runNode(fromDefinition('list', site.definition));
		expect(run.json('Backup')).toEqual([]);
		expect(JSON.stringify(run.raw)).toContain('has no restore points yet');
	});

	test('never takes a destination that cannot be read for an empty one', async () => {
		await runNode(fromDefinition('backUp', site.definition));
		const definition = structuredClone(site.definition) as { destinations: object[] };
		definition.destinations.push({ name: 'second-disk', type: 'directory', path: scope.path('unmounted') });
		const { error } = await runNode(fromDefinition('list', definition));
		expect(error?.message).toMatch(/^shop: Restore points in "second-disk" cannot be listed: /);
		expect(error?.description).not.toBe('');
		const items = (await runNode(fromDefinition('list', definition, asItem))).json('Backup');
		expect(items).toEqual([
			expect.objectContaining({ destination: 'local', state: 'ok' }),
			expect.objectContaining({
				destination: 'second-disk',
				state: 'unknown',
				problem: expect.objectContaining({ code: 'destination_missing' }) as object,
			}),
		]);
		const options = { destination: 'local' };
		expect((await runNode(fromDefinition('list', definition, { options }))).json('Backup')).toHaveLength(1);
	});
});

describe('several items', () => {
	const onEach = { operation: 'backUp', siteSource: 'definition', site: '={{ $json }}' };
	const inputOf = (...sites: SampleSite[]) =>
		sites.map(({ definition }) => ({ json: structuredClone(definition) as { name: string } }));

	test('one bad item leaves the others alone, and every item is paired with its source', async () => {
		const input = inputOf(missing(), site);
		const run = await runNode(onEach, { onError: 'continueRegularOutput' }, input);
		const items = run.output('Backup')[0] ?? [];
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(items[0]?.json).toEqual({
			error: expect.stringMatching(/does not exist.*Correct the path in the site definition/s) as string,
		});
		expect(items[1]?.json).toMatchObject({ site: 'shop', status: 'ok' });
	});

	test('with an error output the bad item goes there', async () => {
		const run = await runNode(onEach, { onError: 'continueErrorOutput' }, inputOf(missing(), site));
		const [good = [], bad = []] = run.output('Backup');
		expect(good.map(({ json, pairedItem }) => [json['site'], pairedItem])).toEqual([['shop', { item: 1 }]]);
		expect(bad.map(({ json }) => json['name'])).toEqual(['gone']);
	});

	test('without "continue on fail" the bad item stops the workflow and is named with its number', async () => {
		const run = await runNode(onEach, {}, inputOf(site, missing()));
		expect(run.error?.message).toContain('does not exist');
		expect(JSON.stringify(run.raw.data.resultData.error)).toContain('"itemIndex":1');
	});
});

describe('several sites in one definition', () => {
	test('a site that fails does not keep those after it from being backed up', async () => {
		const definitions = [missing('one'), missing('two'), site].map(({ definition }) => definition);
		const { error } = await runNode(fromDefinition('backUp', definitions));
		expect(error?.message).toMatch(/one.www does not exist.*two.www does not exist/s);
		expect(site.restorePoints()).toHaveLength(1);
	});

	test('with "continue on fail" each has its own item', async () => {
		const definitions = [missing().definition, site.definition];
		const run = await runNode(fromDefinition('backUp', definitions), { onError: 'continueRegularOutput' });
		expect(run.json('Backup')).toEqual([
			{ error: expect.stringContaining('does not exist') as string },
			expect.objectContaining({ site: 'shop', status: 'ok' }),
		]);
	});
});
