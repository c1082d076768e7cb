import { loadWorkflows, type Workflow } from '../../src/workflows';
import { openStand, type Stand } from '../src/store/stand';
import type { Store } from '../../src/store';
import { Alerting } from '../workflows/alerting';
import { nodeOf, type ReceivedAlert } from '../workflows/backing-up';
import { setUpWorkflow } from '../workflows/docker-workflow';
import { RecordingServer } from './doubles/recording-server';
import type { StoredCredential } from './n8n/client';
import { restartN8n, startN8n, type N8n } from './n8n/host';

/** How a user sets a shipped workflow up. */
export interface Chosen {
	settings?: Record<string, unknown>;
	/** Node → the credential to select in it besides that of the store; the node is switched on. */
	credentials?: Record<string, StoredCredential>;
	change?: (workflow: Workflow) => void;
}

/** A real n8n of its own with shipped workflows under their own ids, a store, and an end for alerts. */
export class DeskInN8n {
	private restarts = 0;

	private constructor(
		readonly stand: Stand,
		readonly store: Store,
		private readonly receiver: RecordingServer,
		private readonly alerting: Alerting,
		private readonly storeCredential: StoredCredential,
		/** Another one after a restart. */
		public n8n: N8n,
	) {}

	/**
	 * @param name of the scope that all of it ends with
	 * @param env settings of n8n besides the usual ones
	 */
	static async open(name: string, env: Record<string, string> = {}): Promise<DeskInN8n> {
		const stand = await openStand(name);
		try {
			const n8n = await startN8n(stand.scope, { timeoutMs: 180_000, env });
			const receiver = await RecordingServer.start(() => ({ status: 204 }));
			const target = { name: 'desk', channel: 'webhook', to: receiver.url };
			const alerting = await Alerting.install(n8n.client, { targets: [target] });
			const credential = await n8n.client.createCredential('Help desk', 'supabaseApi', {
				...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey },
				allowedHttpRequestDomains: 'all',
			});
			return new DeskInN8n(stand, stand.open('postgres'), receiver, alerting, credential, n8n);
		} catch (thrown) {
			await stand.close();
			throw thrown;
		}
	}

	/** What somebody was told, the first one first. */
	get alerts(): ReceivedAlert[] {
		return this.receiver.requests.map(({ body }) => body as ReceivedAlert);
	}

	async credential(name: string, type: string, data: Record<string, unknown>): Promise<StoredCredential> {
		return await this.n8n.client.createCredential(name, type, { allowedHttpRequestDomains: 'all', ...data });
	}

	/** Puts a shipped workflow in place and publishes it. */
	async install(key: string, { settings = {}, credentials = {}, change }: Chosen = {}): Promise<string> {
		const shipped = (await loadWorkflows()).find((entry) => entry.key === key);
		if (!shipped) throw new Error(`There is no workflow ${key}.`);
		const { id } = shipped.workflow;
		await setUpWorkflow(this.n8n.client, {
			...{ key, id, alerting: this.alerting, credential: this.storeCredential, settings },
			change: (workflow) => {
				for (const [name, { type, id: credential, name: called }] of Object.entries(credentials)) {
					const node = nodeOf(workflow, name);
					delete node.disabled;
					node.credentials = { ...node.credentials, [type]: { id: credential, name: called } };
				}
				change?.(workflow);
			},
		});
		await this.n8n.client.activate(id);
		return id;
	}

	/** Kills n8n at this very moment. */
	async kill(): Promise<void> {
		await this.n8n.process.end('SIGKILL');
	}

	async restart(): Promise<void> {
		this.restarts += 1;
		this.n8n = await restartN8n(this.stand.scope, this.n8n, `n8n-again-${this.restarts}`);
	}

	async close(): Promise<void> {
		await this.receiver.stop();
		await this.stand.close();
	}
}
