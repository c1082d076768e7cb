import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Finding } from '../../src/check/probes/probe';
import { probeN8n } from '../../src/check/probes/services';
import { look } from '../src/check/probes/look';
import { freePort } from '../support/free-port';
import { sharedN8n } from '../support/n8n/shared';
import type { WorkflowJson } from '../support/n8n/workflow';

const n8n = sharedN8n();

/** A workflow that always fails. */
const failing: WorkflowJson = {
	name: 'Fail for a check',
	settings: { executionOrder: 'v1' },
	nodes: [
		{
			...{ id: 'start', name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1 },
			...{ position: [0, 0], parameters: {} },
		},
		{
			...{ id: 'stop', name: 'Stop', type: 'n8n-nodes-base.stopAndError', typeVersion: 1 },
			...{ position: [220, 0], parameters: { errorMessage: 'as planned' } },
		},
	],
	connections: { Start: { main: [[{ node: 'Stop', type: 'main', index: 0 }]] } },
};

/** A workflow that ends well, and waits for a time that does not come. */
const scheduled: WorkflowJson = {
	name: 'Run for a check',
	settings: { executionOrder: 'v1' },
	nodes: [
		{
			...{ id: 'yearly', name: 'Yearly', type: 'n8n-nodes-base.scheduleTrigger', typeVersion: 1.2 },
			...{ position: [0, 0] },
			parameters: { rule: { interval: [{ field: 'cronExpression', expression: '0 0 29 2 *' }] } },
		},
		{
			...{ id: 'end', name: 'End', type: 'n8n-nodes-base.noOp', typeVersion: 1 },
			...{ position: [220, 0], parameters: {} },
		},
	],
	connections: { Yearly: { main: [[{ node: 'End', type: 'main', index: 0 }]] } },
};

const ask = (more: object = {}, url = n8n.url, key = n8n.apiKey): Promise<Finding> =>
	look<'n8n'>(probeN8n, { type: 'n8n', url, ...more }, { secrets: { n8n: { url, apiKey: key } } });

test('an n8n that is ready is well, without any key', async () => {
	const finding = await look<'n8n'>(probeN8n, { type: 'n8n', url: `${n8n.url}/` });
	expect(finding).toMatchObject({ level: 'ok', reason: 'ok' });
	expect(finding.latencyMs).toBeGreaterThan(0);
});

test('failed executions beyond a threshold are a warning or a failure', async () => {
	const { id } = await n8n.importWorkflow(failing);
	const before = Number((await ask({ failedExecutions: {} })).details['failed']);
	for (let run = 0; run < 3; run += 1) await n8n.run(id);
	const after = await ask({ failedExecutions: { withinMinutes: 60 } });
	// Other tests may let executions fail meanwhile.
	expect(Number(after.details['failed'])).toBeGreaterThanOrEqual(before + 3);
	expect(await ask({ failedExecutions: { warning: 0, critical: 10_000 } })).toMatchObject({
		level: 'warning',
		reason: 'failed_executions',
	});
	const critical = await ask({ failedExecutions: { critical: 2 } });
	expect(critical).toMatchObject({ level: 'critical', reason: 'failed_executions' });
	// A page is counted whole.
	const { failed } = critical.details;
	expect(failed).toBeGreaterThanOrEqual(3);
	expect(critical.message).toContain(`at least ${failed} failed executions within 60 minutes, more than 2`);
	await n8n.deleteWorkflow(id);
});

test('a workflow that should run is looked at: missing, not published, never run, run lately, run too long ago', async () => {
	const runs = async (workflow: string, within = '1h') => {
		const { level, reason, message } = await ask({ runs: { workflow, within } });
		return [level, reason, message];
	};
	expect(await runs('none')).toEqual([
		'critical',
		'workflow_missing',
		expect.stringContaining('no workflow none'),
	]);
	const { id } = await n8n.importWorkflow(scheduled);
	expect(await runs(id)).toEqual([
		'critical',
		'workflow_inactive',
		expect.stringContaining('is not published'),
	]);
	await n8n.activate(id);
	// It was made a moment ago, so its first run may still come.
	expect(await runs(id)).toEqual(['ok', 'ok', expect.stringContaining('has never run to a good end')]);
	await n8n.run(id);
	expect(await runs(id)).toEqual(['ok', 'ok', expect.stringMatching(/last ran to a good end .* ago\./)]);
	await new Promise((resolve) => setTimeout(resolve, 2000));
	expect(await runs(id, '0min')).toEqual([
		'critical',
		'not_run',
		expect.stringContaining('it should every 0min'),
	]);
	await n8n.deactivate(id);
	await n8n.deleteWorkflow(id);
	const { id: silent } = await n8n.importWorkflow({
		...scheduled,
		settings: { executionOrder: 'v1', saveDataSuccessExecution: 'none' },
	});
	await n8n.activate(silent);
	expect(await runs(silent)).toEqual([
		'unknown',
		'config',
		expect.stringContaining('keeps no successful executions'),
	]);
	await n8n.deactivate(silent);
	await n8n.deleteWorkflow(silent);
});

test('a wrong key is named, not told, and n8n is not called down for it', async () => {
	const finding = await ask({ failedExecutions: { warning: 0 } }, n8n.url, 'this-is-no-key');
	expect(finding).toMatchObject({ level: 'unknown', reason: 'wrong_key' });
	expect(JSON.stringify(finding)).not.toContain('this-is-no-key');
});

test('HC-28 the key goes to the address of its credential only', async () => {
	const context = { secrets: { n8n: { url: 'http://n8n.example.com', apiKey: n8n.apiKey } } };
	const input = { type: 'n8n', url: n8n.url, failedExecutions: { withinMinutes: 60, warning: 0 } } as const;
	expect(await look<'n8n'>(probeN8n, input, context)).toMatchObject({ level: 'unknown', reason: 'config' });
	expect(await look<'n8n'>(probeN8n, input)).toMatchObject({ level: 'unknown', reason: 'config' });
});

test('an n8n that is not there is named', async () => {
	const url = `http://127.0.0.1:${await freePort()}`;
	expect(await ask({}, url)).toMatchObject({ level: 'critical', reason: 'refused', latencyMs: null });
});

describe('what a double answers', () => {
	let server: Server;
	let url: string;
	let asked: string[] = [];
	let answer: (request: IncomingMessage) => { status?: number; body?: unknown };

	beforeAll(async () => {
		server = createServer((request, response) => {
			asked.push(request.url ?? '');
			const { status = 200, body = {} } = answer(request);
			response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	beforeEach(() => {
		asked = [];
	});
	afterAll(() => new Promise((resolve) => server.close(resolve)));

	test('an n8n that has lost its database is not ready', async () => {
		answer = ({ url: path }) => ({ status: path === '/healthz' ? 200 : 503 });
		expect(await ask({}, url)).toMatchObject({
			level: 'critical',
			reason: 'not_ready',
			details: { status: 503 },
		});
	});

	test('only as many pages are asked for as are needed', async () => {
		let id = 100_000;
		const stoppedAt = new Date().toISOString();
		const full = () =>
			Array.from({ length: 100 }, () => ({ id: (id -= 1), startedAt: stoppedAt, stoppedAt }));
		answer = ({ url: path = '' }) =>
			path.startsWith('/api') ? { body: { data: full(), nextCursor: `after-${id}` } } : {};
		expect(await ask({ failedExecutions: { warning: 150 } }, url)).toMatchObject({
			level: 'warning',
			details: { failed: 200 },
		});
		expect(asked.filter((path) => path.startsWith('/api'))).toHaveLength(2);
		// Without a threshold it ends all the same.
		expect(await ask({ failedExecutions: {} }, url)).toMatchObject({ details: { failed: 1000 } });
	});

	test('what lies before the time does not count, and ends the asking', async () => {
		const at = (minutesAgo: number): string => new Date(Date.now() - minutesAgo * 60_000).toISOString();
		const page = [5, 20, 70].map((minutes, id) => ({
			id,
			startedAt: at(minutes + 1),
			stoppedAt: at(minutes),
		}));
		answer = ({ url: path = '' }) => {
			if (path.includes('crashed')) return { status: 400 };
			return path.includes('cursor')
				? { body: { data: [{ id: 9, stoppedAt: at(80) }], nextCursor: 'still-more' } }
				: { body: { data: page, nextCursor: 'more' } };
		};
		expect(await ask({ failedExecutions: { warning: 5 } }, url)).toMatchObject({ details: { failed: 2 } });
		expect(asked.filter((path) => path.includes('status=error'))).toHaveLength(2);
	});

	test('a public API that is switched off, or a key without the right, is unknown', async () => {
		answer = ({ url: path = '' }) => (path.startsWith('/api') ? { status: 404 } : {});
		expect(await ask({ failedExecutions: { warning: 5 } }, url)).toMatchObject({
			level: 'unknown',
			reason: 'unexpected_answer',
		});
		answer = ({ url: path = '' }) => (path.startsWith('/api') ? { status: 403 } : {});
		expect(await ask({ failedExecutions: { warning: 5 } }, url)).toMatchObject({
			level: 'unknown',
			reason: 'not_authorised',
		});
	});
});
