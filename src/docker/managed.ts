import { z } from 'zod';

import { describeContainer, type ContainerDetails, type InspectedContainer } from './summary';

/** What has to be known of a container before it is paused, stopped or started again for somebody else's work. */
export interface ManagedContainer extends Pick<
	ContainerDetails,
	'id' | 'name' | 'state' | 'health' | 'image' | 'labels' | 'project' | 'service' | 'startedAt' | 'exitCode'
> {
	/** Made with `--rm`: it is removed when it stops. */
	removedWhenStopped: boolean;
	/** Seconds between the stop signal and the kill unless another time is asked for. */
	ownGraceSeconds: number;
	dependencies: ContainerDependency[];
	reachedAt: ContainerAddresses;
	/** Of n8n: where its database and its queue are. */
	n8nServices: ServiceAddress[];
}

/** What has to run before a container does. */
export interface ContainerDependency {
	/** A service of the same Compose project, or the name or id of a container. */
	on: { service: string } | { container: string };
	/** It has to be healthy, not only started. */
	healthy: boolean;
}

/** Everything that leads to a container. */
export interface ContainerAddresses {
	hostname: string;
	networks: { name: string; aliases: string[]; addresses: string[]; gateways: string[] }[];
	/** On the host. */
	publishedPorts: number[];
}

export interface ServiceAddress {
	what: 'database' | 'queue';
	host: string;
	port: number;
}

const defaultGraceSeconds = 10;
const maxGraceSeconds = 3600;

const texts = z
	.array(z.string())
	.nullish()
	.transform((value) => value ?? []);
const text = z
	.string()
	.nullish()
	.transform((value) => value ?? '');

const details = z.looseObject({
	Config: z.looseObject({ Hostname: text }),
	HostConfig: z
		.looseObject({
			AutoRemove: z.boolean().nullish(),
			NetworkMode: text,
			Links: texts,
			VolumesFrom: texts,
		})
		.nullish(),
	NetworkSettings: z
		.looseObject({
			Networks: z
				.record(
					z.string(),
					z
						.looseObject({ Aliases: texts, IPAddress: text, GlobalIPv6Address: text, Gateway: text })
						.nullish(),
				)
				.nullish(),
		})
		.nullish(),
});

/** Makes it from the engine's own description. */
export function managedContainer(container: InspectedContainer): ManagedContainer {
	const found = describeContainer(container);
	const { id, name, state, health, image, labels, project, service, startedAt, exitCode } = found;
	const { Config, HostConfig, NetworkSettings } = details.parse(container);
	const networks = Object.entries(NetworkSettings?.Networks ?? {}).map(([network, settings]) => ({
		name: network,
		aliases: settings?.Aliases ?? [],
		addresses: [settings?.IPAddress, settings?.GlobalIPv6Address].filter(isGiven),
		gateways: [settings?.Gateway].filter(isGiven),
	}));
	return {
		...{ id, name, state, health, image, labels, project, service, startedAt, exitCode },
		removedWhenStopped: HostConfig?.AutoRemove === true,
		ownGraceSeconds: ownGrace(container),
		dependencies: [
			...composeDependencies(labels['com.docker.compose.depends_on']),
			...engineDependencies(
				HostConfig?.NetworkMode ?? '',
				HostConfig?.Links ?? [],
				HostConfig?.VolumesFrom ?? [],
			),
		],
		reachedAt: {
			hostname: Config.Hostname,
			networks,
			publishedPorts: found.ports.flatMap(({ hostPort }) => (hostPort === null ? [] : [hostPort])),
		},
		n8nServices: servicesOfN8n(environment(container.Config.Env ?? [])),
	};
}

/** How long the engine waits before it kills, in seconds. */
export function ownGrace({ Config: { StopTimeout } }: InspectedContainer): number {
	const seconds = StopTimeout ?? defaultGraceSeconds;
	return seconds < 0 ? maxGraceSeconds : Math.min(seconds, maxGraceSeconds);
}

/** `db:service_healthy:false,redis:service_started:true`, as Docker Compose writes it; older ones write names alone. */
function composeDependencies(label: string | undefined): ContainerDependency[] {
	return (label ?? '').split(',').flatMap((entry) => {
		const [service = '', condition] = entry.trim().split(':');
		return service === '' ? [] : [{ on: { service }, healthy: condition === 'service_healthy' }];
	});
}

function engineDependencies(
	networkMode: string,
	links: string[],
	volumesFrom: string[],
): ContainerDependency[] {
	const sharing = /^container:(.+)$/.exec(networkMode)?.[1];
	const containers = [
		...(sharing === undefined ? [] : [sharing]),
		// `/shop-db:/shop-web/db`
		...links.map((link) => link.split(':', 1)[0]?.replace(/^\//, '') ?? ''),
		...volumesFrom.map((entry) => entry.split(':', 1)[0] ?? ''),
	];
	return containers.filter(Boolean).map((container) => ({ on: { container }, healthy: false }));
}

/** The addresses of n8n's database and queue in its environment; nothing else of it is kept. */
export function servicesOfN8n(env: Readonly<Record<string, string | undefined>>): ServiceAddress[] {
	const services: [
		what: ServiceAddress['what'],
		host: string | undefined,
		port: string | undefined,
		usual: number,
	][] = [
		['database', env['DB_POSTGRESDB_HOST'], env['DB_POSTGRESDB_PORT'], 5432],
		['database', env['DB_MYSQLDB_HOST'], env['DB_MYSQLDB_PORT'], 3306],
		['queue', env['QUEUE_BULL_REDIS_HOST'], env['QUEUE_BULL_REDIS_PORT'], 6379],
	];
	return services.flatMap(([what, host, port, usual]) =>
		isGiven(host) ? [{ what, host, port: Number(port) || usual }] : [],
	);
}

function environment(entries: string[]): Record<string, string> {
	return Object.fromEntries(
		entries.map((entry) => {
			const equals = entry.indexOf('=');
			return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
		}),
	);
}

function isGiven(value: string | undefined): value is string {
	return value !== undefined && value !== '';
}
