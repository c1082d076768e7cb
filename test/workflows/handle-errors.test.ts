import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RecordingServer } from '../support/doubles/recording-server';
import { executionError } from '../support/n8n/executions';
import { sharedN8n } from '../support/n8n/shared';
import type { WorkflowJson } from '../support/n8n/workflow';
import { openStand } from '../src/store/stand';
import { Alerting } from './alerting';
import { nodeOf } from './backing-up';

const client = sharedN8n();
const secret = randomUUID().replaceAll('-', '');
const failingId = randomUUID().replaceAll('-', '').slice(0, 16);
let receiver: RecordingServer;
let alerting: Alerting;

/** A workflow of a user that fails with an error text that quotes a request. */
function failingWorkflow(errorWorkflow: string): WorkflowJson {
	const lines = [
		'GET https://admin:hunter2@db.example.com/?user=1&token=abcdef123456 failed',
		`Authorization: Bearer ${secret}`,
		`password=${secret} {"api_key": "${secret}"}`,
		`{"body":"{\\"password\\":\\"a,${secret}\\"}"} pwd="two ${secret}" Cookie: session=${secret}`,
		`Authorization: ApiKey ${secret}`,
		`postgres://shop:p@ss/${secret}@db.example.com/shop ENCRYPTION_KEY=${secret} ?key=${secret}`,
		`https://hooks.slack.com/services/T0/B0/${secret}`,
		'The service at http://db.example.com:8080/of?mail=me@example.com is closed',
	];
	return {
		id: failingId,
		name: `Back up <shop> ${failingId}`,
		settings: { executionOrder: 'v1', errorWorkflow },
		nodes: [
			{
				...{
					id: `${failingId}-1`,
					name: 'Begin',
					type: 'n8n-nodes-base.webhook',
					typeVersion: 2.1,
					position: [0, 0],
				},
				parameters: { httpMethod: 'POST', path: failingId, options: {} },
				webhookId: failingId,
			},
			{
				...{
					id: `${failingId}-2`,
					name: 'Dump database',
					type: 'n8n-nodes-base.stopAndError',
					typeVersion: 1,
					position: [200, 0],
				},
				// The Code node would keep only the first line of an error.
				parameters: { errorMessage: [...lines, 'a.'.repeat(200_000)].join('\n') },
			},
		],
		connections: { Begin: { main: [[{ node: 'Dump database', type: 'main', index: 0 }]] } },
	};
}

beforeAll(async () => {
	receiver = await RecordingServer.start(() => ({ status: 204 }));
	const targets = [{ name: `errors ${failingId}`, channel: 'webhook', to: receiver.url }];
	alerting = await Alerting.install(client, { targets });
	await client.importWorkflow(failingWorkflow(alerting.ids['handle-errors']));
	await client.activate(failingId);
});

afterAll(async () => {
	await client.deactivate(failingId);
	await client.deleteWorkflow(failingId);
	await alerting?.remove();
	await receiver?.stop();
});

const failOnce = async (): Promise<void> => {
	const before = (await client.executions(alerting.ids['handle-errors']))[0]?.id ?? '0';
	await client.callWebhook(failingId);
	await client.waitForExecution({ workflowId: alerting.ids['handle-errors'], afterId: before }, 20_000);
};

test('a workflow that fails becomes one alert that names it, its node and its run, without secrets', async () => {
	await failOnce();
	await failOnce();
	expect(receiver.requests).toHaveLength(1);
	const alert = receiver.requests[0]?.body as Record<string, string>;
	expect(alert).toMatchObject({
		title: `Workflow "Back up <shop> ${failingId}" failed at "Dump database"`,
		severity: 'warning',
		source: 'n8n',
		details: { node: 'Dump database', mode: 'webhook' },
	});
	expect(alert.url).toMatch(new RegExp(`^http.*/workflow/${failingId}/executions/\\d+$`));
	expect(alert.message).toContain('GET https://***@db.example.com/?user=1&token=*** failed');
	expect(alert.message).toContain('http://db.example.com:8080/of?mail=me@example.com is closed');
	expect(JSON.stringify(alert)).not.toMatch(new RegExp(`${secret}|hunter2|abcdef123456`));
});

test('where it is switched on, a failure is kept once in the error log of the store, without secrets', async () => {
	const stand = await openStand('error-log');
	try {
		const credential = await client.createCredential(`Log ${failingId}`, 'supabaseApi', {
			...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey },
			allowedHttpRequestDomains: 'all',
		});
		const workflow = alerting.workflow('handle-errors');
		const log = nodeOf(workflow, 'Keep it in the error log');
		delete log.disabled;
		log.credentials = { supabaseApi: { id: credential.id, name: credential.name } };
		await alerting.replace(workflow);
		await failOnce();
		const rows = await stand.supabase.exec<{ message: string }>('select * from opsdesk.error_logs');
		expect(rows).toEqual([
			expect.objectContaining({
				tenant_id: 'default',
				level: 'error',
				message: expect.stringContaining('Dump database'),
			}),
		]);
		expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${secret}|hunter2|abcdef123456`));
	} finally {
		await alerting.replace(alerting.workflow('handle-errors'));
		await stand.close();
	}
});

test('when the alert itself cannot be sent, handling errors stops instead of going round in a circle', async () => {
	receiver.outage = { status: 500, body: {} };
	const { execution } = await alerting.send({ title: 'Lost', severity: 'critical' });
	expect(execution.status).toBe('error');
	const guarded = await client.waitForExecution(
		{ workflowId: alerting.ids['handle-errors'], status: 'error', mode: 'error' },
		20_000,
	);
	expect(executionError(guarded)?.message).toMatch(
		/Workflow "Send alert" failed at .* needed to send alerts, so nobody was told/,
	);
	const runs = async () => (await client.executions(alerting.ids['handle-errors'])).length;
	const settled = await runs();
	await sleep(3000);
	expect(await runs()).toBe(settled);
});
