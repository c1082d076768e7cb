import { randomBytes } from 'node:crypto';

import { RecordingServer } from '../../support/doubles/recording-server';
import type { TestEngine } from '../../support/engine';
import { startN8n } from '../../support/n8n/host';
import type { Scope } from '../../support/scope';
import { Alerting } from '../../workflows/alerting';
import { setUpWorkflow } from '../../workflows/docker-workflow';

/** An n8n in which the workflow heal-containers-on-events is published as shipped, with somebody who gets its alerts. */
export interface HealingN8n {
	/** The alerts that have arrived. */
	readonly alerts: RecordingServer['requests'];
	end(): Promise<void>;
}

export async function startHealingN8n(scope: Scope, engine: TestEngine): Promise<HealingN8n> {
	const { client, process } = await startN8n(scope, { name: 'bench-n8n' });
	const receiver = await RecordingServer.start(() => ({ status: 204 }));
	const alerting = await Alerting.install(client, {
		targets: [{ name: 'Bench', channel: 'webhook', to: receiver.url }],
	});
	const credential = await client.createCredential('Engine', 'dockerApi', {
		connectionType: 'socket',
		socketPath: engine.socketPath,
		accessLevel: 'control',
		allowedContainers: '*',
		timeoutSeconds: 30,
	});
	const id = randomBytes(8).toString('hex');
	const key = 'heal-containers-on-events';
	await setUpWorkflow(client, { key, id, alerting, credential, settings: {} });
	await client.activate(id);
	return {
		alerts: receiver.requests,
		end: async () => {
			await process.end();
			await receiver.stop();
		},
	};
}
