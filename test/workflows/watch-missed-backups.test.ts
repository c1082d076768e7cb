import { randomBytes } from 'node:crypto';

import { backUpSite } from '../../src/backup';
import { parseSites } from '../../src/shared';
import { executionError, outputItems } from '../support/n8n/executions';
import { sharedN8n } from '../support/n8n/shared';
import type { WorkflowJson } from '../support/n8n/workflow';
import { Scope } from '../support/scope';
import type { ReceivedAlert } from './backing-up';
import { Checking } from './checking';
import { FolderSite } from './folder-site';

const client = sharedN8n();
/** What is remembered is shared by all tests of this n8n. */
const newName = (label: string): string => `${label}-${randomBytes(4).toString('hex')}`;
let scope: Scope;
let checking: Checking;

beforeAll(async () => {
	scope = await Scope.open('watch-backups');
	checking = await Checking.install(client);
});

afterAll(async () => {
	await checking?.remove();
	await scope?.close();
});

/** Presses the button; what arrived, and what it failed with. */
async function watch(): Promise<{ alerts: ReceivedAlert[]; error: string; counts: unknown }> {
	const before = checking.received()[0]?.length ?? 0;
	const execution = await client.run(checking.idOf('watch-missed-backups'), {
		trigger: 'Watch now',
		timeoutMs: 60_000,
	});
	const [outcome] = outputItems(execution, 'Run site checks');
	return {
		alerts: (checking.received()[0] ?? []).slice(before),
		error: execution.status === 'success' ? '' : (executionError(execution)?.message ?? 'unknown'),
		counts: outcome?.json['counts'],
	};
}

async function backUp(site: FolderSite): Promise<void> {
	const [parsed] = parseSites(site.definition);
	if (parsed) await backUpSite(parsed, {});
}

/** Notes in the log of runs that a verification has ended, as run-site-backups does. */
async function noteVerification(run: string, finishedAt: Date): Promise<void> {
	const id = randomBytes(8).toString('hex');
	const shipped = checking.workflow('run-site-backups').nodes;
	const nodes = ['Open the log of runs', 'Record the run'].map((name) =>
		structuredClone(shipped.find((node) => node.name === name)),
	);
	const start = {
		name: 'Start',
		type: 'n8n-nodes-base.manualTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	const row = JSON.stringify({ run, outcome: 'ok', troubles: '', toldAt: null, finishedAt, summary: '' });
	const note = {
		...{ name: 'Note', type: 'n8n-nodes-base.code', typeVersion: 2, position: [0, 0] },
		parameters: { jsCode: `return [{ json: ${row} }];` },
	};
	const order = ['Start', 'Open the log of runs', 'Note', 'Record the run'];
	await client.importWorkflow({
		id,
		name: `Note a verification ${id}`,
		settings: { executionOrder: 'v1' },
		nodes: [start, note, ...nodes].map((node, index) => ({ ...node, id: `${id}-${index}` })),
		connections: Object.fromEntries(
			order
				.slice(1)
				.map((next, index) => [order[index], { main: [[{ node: next, type: 'main', index: 0 }]] }]),
		),
	} as unknown as WorkflowJson);
	const execution = await client.run(id);
	await client.deleteWorkflow(id);
	expect([execution.status, executionError(execution)?.message]).toEqual(['success', undefined]);
}

test('a site without a good backup is told once to whom it belongs, and so is that it has one', async () => {
	const site = new FolderSite(scope, 'watched');
	await checking.defineSites(
		[site.definition, { name: 'bare', checks: [] }],
		[{ owners: [`owner of ${site.name}`] }],
	);
	await checking.setUp('watch-missed-backups', { set: newName('backups'), verificationRun: '' });
	expect(await watch()).toMatchObject({ alerts: [], error: '', counts: { critical: 1 } });
	const { alerts } = await watch();
	expect(alerts).toMatchObject([
		{
			...{ title: `Backups of ${site.name} fails`, severity: 'critical', status: 'firing' },
			source: 'n8n workflow "Watch missed backups"',
			details: { reason: 'none_good' },
		},
	]);
	expect(alerts[0]?.message).toContain('There is no good restore point.');
	expect((await watch()).alerts).toEqual([]);
	await backUp(site);
	expect(await watch()).toMatchObject({
		alerts: [{ title: `Backups of ${site.name} is well again`, status: 'resolved' }],
		counts: { ok: 1 },
	});
});

test('what the hourly verification tells is not told twice, and told here when that is silent for long', async () => {
	const site = new FolderSite(scope, 'verified');
	const run = newName('Hourly verification');
	await checking.defineSites([site.definition]);
	await checking.setUp('watch-missed-backups', { set: newName('backups'), verificationRun: run });
	await noteVerification(run, new Date(Date.now() - 30 * 60_000));
	for (let time = 0; time < 3; time += 1)
		expect(await watch()).toMatchObject({ alerts: [], error: '', counts: { critical: 1 } });
	await noteVerification(run, new Date(Date.now() - 4 * 60 * 60_000));
	expect((await watch()).alerts).toMatchObject([{ title: `Backups of ${site.name} fails` }]);
});

test('only the sites that are named are watched, and one that is not there is told', async () => {
	const [one, other] = [new FolderSite(scope, 'one'), new FolderSite(scope, 'other')];
	await checking.defineSites([one.definition, other.definition]);
	const settings = { set: newName('backups'), verificationRun: '' };
	await checking.setUp('watch-missed-backups', { ...settings, sites: ` ${one.name}, ` });
	expect((await watch()).counts).toMatchObject({ critical: 1 });
	await checking.setUp('watch-missed-backups', { ...settings, sites: `${one.name}, shpo` });
	expect((await watch()).error).toMatch(
		new RegExp(`^"Settings" names "shpo", which is no site with backups\\..* ${one.name}, ${other.name}\\.$`),
	);
	await checking.defineSites([{ name: 'bare', checks: [] }]);
	expect((await watch()).error).toMatch(/^There is no site with backups to watch/);
});
