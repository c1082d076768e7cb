import { mkdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import type { N8nClient } from '../../support/n8n/client';
import { executionError, isSettled } from '../../support/n8n/executions';
import { startN8n } from '../../support/n8n/host';
import type { WorkflowJson } from '../../support/n8n/workflow';
import type { Scope } from '../../support/scope';
import type { Tell } from '../main';
import type { FileSet } from './files';
import { goal, megabytesOf, quantile, rounded } from '../numbers';

const requests = 300;
const pauseMs = 50;
const slowdown = 3;

/** How long an empty webhook of n8n takes while a backup runs inside of that n8n, against when it is idle. */
export async function measureResponsiveness(scope: Scope, files: FileSet, tell: Tell): Promise<object> {
	tell('n8n starts');
	const { client } = await startN8n(scope, { name: 'bench-n8n' });
	const destination = scope.path('bench-n8n-backups');
	await mkdir(destination);
	const answering = await client.importWorkflow(answeringWorkflow());
	await client.activate(answering.id);
	const backUp = await client.importWorkflow(backUpWorkflow(files.folder, destination));
	// The first requests are slower: n8n loads what it needs for them.
	await latencies(client, 40);
	tell(`${requests} requests to an idle n8n`);
	const idle = await latencies(client, requests);
	const busy: number[] = [];
	let backups = 0;
	while (busy.length < requests) {
		tell(`requests while ${megabytesOf(files.bytes)} MB are backed up (${busy.length} so far)`);
		const running = { ended: false };
		const run = client.run(backUp.id, { timeoutMs: 600_000 }).finally(() => (running.ended = true));
		// Awaited below; without this a failure meanwhile would be called unhandled.
		run.catch(() => undefined);
		while (!running.ended) busy.push(...(await latencies(client, 1)));
		const execution = await run;
		if (!isSettled(execution) || execution.status !== 'success') {
			throw new Error(`The backup in n8n failed: ${executionError(execution)?.message ?? execution.status}`);
		}
		await rm(destination, { recursive: true });
		await mkdir(destination);
		backups += 1;
	}
	const ratio = rounded(quantile(busy, 0.95) / quantile(idle, 0.95));
	return {
		backupMegabytes: megabytesOf(files.bytes),
		backups,
		idle: summary(idle),
		whileBackingUp: summary(busy),
		p95Ratio: goal(ratio, 'atMost', slowdown),
	};
}

const summary = (latenciesMs: number[]) => ({
	requests: latenciesMs.length,
	p50Ms: rounded(quantile(latenciesMs, 0.5)),
	p95Ms: rounded(quantile(latenciesMs, 0.95)),
	slowestMs: rounded(Math.max(...latenciesMs)),
});

async function latencies(client: N8nClient, count: number): Promise<number[]> {
	const measured: number[] = [];
	for (let request = 0; request < count; request += 1) {
		const startedAt = performance.now();
		const answer = await client.callWebhook(path);
		if (answer.status !== 200) throw new Error(`The webhook answered with status ${answer.status}.`);
		measured.push(performance.now() - startedAt);
		await sleep(pauseMs);
	}
	return measured;
}

const path = 'bench-empty';

const answeringWorkflow = (): WorkflowJson => ({
	name: 'Answer at once',
	settings: { executionOrder: 'v1', saveDataSuccessExecution: 'none' },
	nodes: [
		{
			id: 'bench-webhook',
			name: 'Request',
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2.1,
			position: [0, 0],
			parameters: { httpMethod: 'POST', path, responseMode: 'responseNode', options: {} },
			webhookId: path,
		},
		{
			id: 'bench-answer',
			name: 'Answer',
			type: 'n8n-nodes-base.respondToWebhook',
			typeVersion: 1.4,
			position: [220, 0],
			parameters: { respondWith: 'noData', options: {} },
		},
	],
	connections: { Request: { main: [[{ node: 'Answer', type: 'main', index: 0 }]] } },
});

const backUpWorkflow = (source: string, destination: string): WorkflowJson => ({
	name: 'Back up files',
	settings: { executionOrder: 'v1' },
	nodes: [
		{
			id: 'bench-start',
			name: 'Start',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		{
			id: 'bench-back-up',
			name: 'Back up',
			type: 'n8n-nodes-opsdesk.siteBackup',
			typeVersion: 1,
			position: [220, 0],
			parameters: {
				operation: 'backUp',
				siteSource: 'definition',
				site: JSON.stringify({
					name: 'bench',
					backup: { directories: [{ name: 'files', path: source }] },
					destinations: [{ name: 'local', type: 'directory', path: destination }],
				}),
				options: {},
			},
		},
	],
	connections: { Start: { main: [[{ node: 'Back up', type: 'main', index: 0 }]] } },
});
