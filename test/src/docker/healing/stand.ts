import type Docker from 'dockerode';

import {
	defaultPolicy,
	healContainers,
	parseConnection,
	type EngineConnection,
	type HealOptions,
	type HealResult,
} from '../../../../src/docker';
import { imageTag, type ImageName } from '../../../support/images/images';
import { useProxiedEngine, type ProxiedEngine } from '../../../support/proxied-engine';
import { Scope } from '../../../support/scope';

export interface HealingStand extends ProxiedEngine {
	stateFolder: string;
	connection(rights?: object): EngineConnection;
	run(name: string, options?: Docker.ContainerCreateOptions, image?: ImageName): Promise<Docker.Container>;
	/** Heals and gives one result for each container, by name. */
	heal(options?: Partial<HealOptions>): Promise<Record<string, HealResult>>;
	/** Lets no pass look at what was restarted before it is healthy, however long its first check takes. */
	healthFirst(...containers: Docker.Container[]): void;
	/** Starts and restarts that were asked for, e.g. `restart`. */
	attempts(): string[];
	/** How often the engine has told an event of a container, such as `start`. */
	timesTold(container: Docker.Container, event: string): Promise<number>;
}

/** Fast enough for tests, and otherwise as by default. */
export const quick = { ...defaultPolicy, initialBackoffMs: 1000, settleMs: 1500 };

/** An engine with an empty memory of healing for each test. */
export function useHealingStand(label: string, images: ImageName[]): HealingStand {
	const proxied = useProxiedEngine(label, images);
	let scope: Scope | undefined;
	const stand = Object.create(proxied, {}) as HealingStand;
	beforeAll(async () => {
		scope = await Scope.open(`${label}-state`);
	});
	afterAll(() => scope?.close());
	beforeEach(() => {
		stand.stateFolder = scope?.emptyFolder() ?? '';
	});
	return Object.assign(stand, {
		connection: (rights: object = {}) => {
			const { host, port } = proxied.proxy;
			const usual = { accessLevel: 'control', allowedContainers: '*', timeoutSeconds: 60 };
			return parseConnection({ ...usual, connectionType: 'tcp', host, port, ...rights });
		},
		run: async (name: string, options: Docker.ContainerCreateOptions = {}, image: ImageName = 'tools') => {
			const Image = imageTag(image);
			const Cmd = ['sh', '-c', 'trap exit TERM; while :; do sleep 1 & wait $!; done'];
			const usual = image === 'tools' ? { Cmd } : {};
			const container = await proxied.engine.docker.createContainer({ name, Image, ...usual, ...options });
			await container.start();
			return container;
		},
		heal: async (options: Partial<HealOptions> = {}) => {
			const { stateFolder } = stand;
			const usual = { stateFolder, policy: quick, protection: { env: {} } };
			const report = await healContainers(stand.connection(), { ...usual, ...options });
			return Object.fromEntries(report.results.map((result) => [result.name, result]));
		},
		healthFirst: (...containers: Docker.Container[]) => {
			proxied.proxy.before = async ({ url }) => {
				const isDone = stand.attempts().length >= containers.length;
				if (isDone && url?.includes('/containers/json'))
					await Promise.all(containers.map((container) => inState(container, 'healthy')));
				return undefined;
			};
		},
		attempts: () =>
			proxied.actionsSent().flatMap((line) => /\/(start|restart)(?:\?|$)/.exec(line)?.[1] ?? []),
		timesTold: async (container: Docker.Container, event: string) => {
			const until = String(Date.now() / 1000);
			const filters = ['--filter', `container=${container.id}`, '--filter', `event=${event}`];
			const text = await proxied.engine.cli('events', '--since', '1', '--until', until, ...filters);
			return text.split('\n').filter(Boolean).length;
		},
	});
}

/** Waits until the engine says so. */
export async function inState(container: Docker.Container, state: string): Promise<void> {
	for (;;) {
		const { State } = await container.inspect();
		if (State.Status === state || State.Health?.Status === state) return;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}
