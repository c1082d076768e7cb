import { randomBytes } from 'node:crypto';

import type { Workflow } from '../../src/workflows';
import { inShop, useShop } from '../src/docker/update/shop';
import { RecordingServer } from '../support/doubles/recording-server';
import type { StoredCredential } from '../support/n8n/client';
import { executionError, outputItems, type Execution } from '../support/n8n/executions';
import { poll } from '../support/n8n/poll';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting } from './alerting';
import { nodeOf, type ReceivedAlert } from './backing-up';
import { setUpWorkflow } from './docker-workflow';

const key = 'update-containers-weekly';
const shop = useShop('weekly-updates');
const client = sharedN8n();
const id = randomBytes(8).toString('hex');
let alerting: Alerting;
let receiver: RecordingServer;
let credential: StoredCredential;

beforeAll(async () => {
	receiver = await RecordingServer.start(() => ({ status: 204 }));
	const target = { name: `updates ${id}`, channel: 'webhook', to: receiver.url };
	alerting = await Alerting.install(client, { targets: [target] });
	credential = await client.createCredential(`engine ${id}`, 'dockerApi', {
		connectionType: 'tcp',
		host: shop.proxy.host,
		port: shop.proxy.port,
		accessLevel: 'full',
		allowedContainers: 'shop-*',
		timeoutSeconds: 30,
	});
});

afterAll(async () => {
	await client.deactivate(id);
	await client.deleteWorkflow(id);
	await alerting.remove();
	await client.deleteCredential(credential.id);
	await receiver.stop();
});

/** Puts the workflow in place as a user sets it up. */
async function setUp(
	settings: Record<string, unknown>,
	change?: (workflow: Workflow) => void,
): Promise<void> {
	await setUpWorkflow(client, { key, id, alerting, credential, settings, ...(change && { change }) });
	await client.activate(id);
}

interface Run {
	outcome: Record<string, unknown>;
	alerts: ReceivedAlert[];
}

async function press(): Promise<Run> {
	const before = receiver.requests.length;
	const execution: Execution = await client.run(id, { trigger: 'Update now', timeoutMs: 120_000 });
	expect(executionError(execution)?.message).toBeUndefined();
	const [outcome] = outputItems(execution, 'Return the outcome');
	const alerts = receiver.requests.slice(before).map(({ body }) => body as ReceivedAlert);
	return { outcome: outcome?.json ?? {}, alerts };
}

const marked = (service: string) => ({
	...inShop(service, `shop-${service}-1`),
	Labels: { 'opsdesk.update': 'true' },
});

test('the marked containers are updated; a good run is a summary, a roll back an alert with its reason', async () => {
	await setUp({ pull: false });
	expect(await press()).toMatchObject({
		outcome: { outcome: 'nothing' },
		alerts: [{ title: 'Container updates: no container fits the settings' }],
	});
	await shop.run('shop-web-1', marked('web'));
	await shop.run('shop-other-1', inShop('other', 'shop-other-1'));
	await shop.release('2');

	await setUp({ pull: false, dryRun: true });
	const looked = await press();
	expect(looked.alerts).toMatchObject([
		{ severity: 'info', message: expect.stringContaining('would be updated') },
	]);
	expect(await shop.containers()).toEqual({ 'shop-web-1': 'running, 1', 'shop-other-1': 'running, 1' });

	await setUp({ pull: false });
	const good = await press();
	expect(good.outcome).toMatchObject({ outcome: 'ok', updated: 1, rolledBack: 0, failed: 0 });
	expect(good.alerts).toMatchObject([
		{
			title: 'Container updates: 1 updated',
			severity: 'info',
			status: 'firing',
			message: expect.stringMatching(
				/^shop-web-1 · updated: shop\/web:1 [0-9a-f]{12} → [0-9a-f]{12}, healthy$/,
			),
		},
	]);
	expect(await shop.containers()).toEqual({ 'shop-web-1': 'running, 2', 'shop-other-1': 'running, 1' });

	await shop.run('shop-api-1', { ...marked('api'), HostConfig: { AutoRemove: true } });
	await shop.release('broken');
	const bad = await press();
	expect(bad.outcome).toMatchObject({ outcome: 'trouble', updated: 0, rolledBack: 1, failed: 1 });
	expect(bad.alerts).toMatchObject([
		{
			title: 'Container updates: shop-api-1 failed, shop-web-1 rolled back',
			severity: 'critical',
			status: 'firing',
			dedupeKey: `updates:${id}`,
			message: expect.stringMatching(
				/shop-api-1 · failed: .*--rm.*\nshop-web-1 · rolled back: It ended with exit code 3\.\n {4}no such table/s,
			),
		},
	]);
	expect((await shop.containers())['shop-web-1']).toBe('running, 2');
});

test('the first scheduled run without trouble ends the alert', async () => {
	await shop.run('shop-web-1', marked('web'));
	await shop.release('broken');
	const before = receiver.requests.length;
	const alerts = () => receiver.requests.slice(before).map(({ body }) => body as ReceivedAlert);
	await setUp({ pull: false, tellSuccess: false }, (workflow) => {
		nodeOf(workflow, 'Sundays at five').parameters = {
			rule: { interval: [{ field: 'cronExpression', expression: '*/20 * * * * *' }] },
		};
	});
	expect(await poll(60_000, () => Promise.resolve(alerts().length > 0 || undefined))).toBe(true);
	await shop.release('2');
	const ended = () => alerts().find(({ status }) => status === 'resolved');
	const last = await poll(90_000, () => Promise.resolve(ended()));
	expect(last).toMatchObject({ severity: 'warning', dedupeKey: `updates:${id}` });
	expect(alerts()[0]).toMatchObject({ severity: 'warning', status: 'firing', dedupeKey: `updates:${id}` });
	await client.deactivate(id);
});
