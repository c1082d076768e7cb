import { z } from 'zod';

/** `none` means that nobody checks: such a container is running but unverified, never healthy. */
export type Health = 'healthy' | 'unhealthy' | 'starting' | 'none';
export const healthStates: Health[] = ['healthy', 'unhealthy', 'starting', 'none'];

export const containerStates = [
	'created',
	'running',
	'paused',
	'restarting',
	'removing',
	'exited',
	'dead',
] as const;

export interface PublishedPort {
	containerPort: number;
	protocol: string;
	hostAddress: string | null;
	hostPort: number | null;
}

/** What an operator wants to know of a container in a list. */
export interface ContainerSummary {
	id: string;
	name: string;
	image: string;
	state: string;
	health: Health;
	/** The engine's own words, e.g. `Up 3 hours (healthy)`. */
	status: string;
	createdAt: string;
	project: string | null;
	service: string | null;
	ports: PublishedPort[];
	networks: string[];
	labels: Record<string, string>;
}

/** What an operator wants to know of one container. */
export interface ContainerDetails extends Omit<ContainerSummary, 'status'> {
	startedAt: string | null;
	finishedAt: string | null;
	exitCode: number | null;
	outOfMemory: boolean;
	error: string | null;
	restartCount: number;
	restartPolicy: string;
	memoryLimitBytes: number | null;
	mounts: { type: string; source: string; target: string; readOnly: boolean }[];
}

/** Engines of other makes and ages leave a field out or send null; both mean the same as empty. */
const text = z
	.string()
	.nullish()
	.transform((value) => value ?? '');
const flag = z
	.boolean()
	.nullish()
	.transform((value) => value ?? false);
const figure = z
	.number()
	.nullish()
	.transform((value) => value ?? 0);

export const listedContainer = z.looseObject({
	Id: z.string(),
	Names: z.array(z.string()).nullish(),
	Image: text,
	State: z.string(),
	Status: text,
	Created: z.number(),
	Labels: z.record(z.string(), z.string()).nullish(),
	Ports: z
		.array(
			z.looseObject({
				IP: z.string().nullish(),
				PrivatePort: z.number(),
				PublicPort: z.number().nullish(),
				Type: z.string(),
			}),
		)
		.nullish(),
	NetworkSettings: z.looseObject({ Networks: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});
export type ListedContainer = z.infer<typeof listedContainer>;

export const inspectedContainer = z.looseObject({
	Id: z.string(),
	Name: z.string(),
	Created: z.string(),
	RestartCount: figure,
	State: z.looseObject({
		Status: z.string(),
		OOMKilled: flag,
		ExitCode: figure,
		Error: text,
		StartedAt: text,
		FinishedAt: text,
		Health: z.looseObject({ Status: z.string() }).nullish(),
	}),
	Config: z.looseObject({
		Image: text,
		Tty: flag,
		Env: z.array(z.string()).nullish(),
		StopTimeout: z.number().nullish(),
		Labels: z.record(z.string(), z.string()).nullish(),
	}),
	HostConfig: z
		.looseObject({
			Memory: figure,
			RestartPolicy: z.looseObject({ Name: text }).nullish(),
			LogConfig: z.looseObject({ Config: z.record(z.string(), z.unknown()).nullish() }).nullish(),
		})
		.nullish(),
	Mounts: z
		.array(
			z.looseObject({
				Type: text,
				Name: z.string().nullish(),
				Source: text,
				Destination: z.string(),
				RW: flag,
			}),
		)
		.nullish(),
	NetworkSettings: z
		.looseObject({
			Ports: z
				.record(z.string(), z.array(z.looseObject({ HostIp: text, HostPort: text })).nullish())
				.nullish(),
			Networks: z.record(z.string(), z.unknown()).nullish(),
		})
		.nullish(),
});
export type InspectedContainer = z.infer<typeof inspectedContainer>;

export function summarise(container: ListedContainer): ContainerSummary {
	const labels = container.Labels ?? {};
	// What an operator looks at first stands first: tables in the editor show the fields in this order.
	return {
		name: nameAmong(container.Names) ?? container.Id.slice(0, 12),
		state: container.State,
		health: healthInStatus(container.Status),
		status: container.Status,
		image: container.Image,
		...composeOf(labels),
		createdAt: new Date(container.Created * 1000).toISOString(),
		ports: (container.Ports ?? []).map((port) => ({
			containerPort: port.PrivatePort,
			protocol: port.Type,
			hostAddress: port.IP || null,
			hostPort: port.PublicPort || null,
		})),
		networks: Object.keys(container.NetworkSettings?.Networks ?? {}),
		labels,
		id: container.Id,
	};
}

export function describeContainer(container: InspectedContainer): ContainerDetails {
	const { State: state, Config: config, HostConfig: host } = container;
	const labels = config.Labels ?? {};
	return {
		name: nameOf(container.Name),
		state: state.Status,
		health: asHealth(state.Health?.Status),
		image: config.Image,
		createdAt: container.Created,
		startedAt: instant(state.StartedAt),
		finishedAt: instant(state.FinishedAt),
		// The engine reports 0 for a container that has never ended; that is no exit code.
		exitCode: instant(state.FinishedAt) === null ? null : state.ExitCode,
		outOfMemory: state.OOMKilled,
		error: state.Error || null,
		restartCount: container.RestartCount,
		restartPolicy: host?.RestartPolicy?.Name || 'no',
		memoryLimitBytes: host?.Memory || null,
		...composeOf(labels),
		ports: publishedPorts(container.NetworkSettings?.Ports ?? {}),
		networks: Object.keys(container.NetworkSettings?.Networks ?? {}),
		mounts: (container.Mounts ?? []).map((mount) => ({
			type: mount.Type,
			source: mount.Name || mount.Source,
			target: mount.Destination,
			readOnly: !mount.RW,
		})),
		labels,
		id: container.Id,
	};
}

/** A container's own name: the aliases under which others are linked to it hold a further slash. */
export function nameAmong(names: string[] | null | undefined): string | undefined {
	return names?.map(nameOf).find((name) => !name.includes('/'));
}

export function nameOf(engineName: string): string {
	return engineName.replace(/^\//, '');
}

function healthInStatus(status: string): Health {
	const said = /\((healthy|unhealthy|health: starting)\)/.exec(status)?.[1];
	return asHealth(said?.replace('health: ', ''));
}

function asHealth(status: string | undefined): Health {
	return status === 'healthy' || status === 'unhealthy' || status === 'starting' ? status : 'none';
}

function composeOf(labels: Record<string, string>): { project: string | null; service: string | null } {
	return {
		project: labels['com.docker.compose.project'] ?? null,
		service: labels['com.docker.compose.service'] ?? null,
	};
}

/** The engine writes year 1 for "never". */
function instant(text: string): string | null {
	return text === '' || text.startsWith('0001-') ? null : text;
}

function publishedPorts(
	ports: Record<string, { HostIp: string; HostPort: string }[] | null | undefined>,
): PublishedPort[] {
	return Object.entries(ports).flatMap(([key, bindings]): PublishedPort[] => {
		const [number = '', protocol = 'tcp'] = key.split('/');
		const port = { containerPort: Number(number), protocol, hostAddress: null, hostPort: null };
		return !bindings?.length
			? [port]
			: bindings.map(({ HostIp, HostPort }) => ({
					...port,
					hostAddress: HostIp || null,
					hostPort: Number(HostPort) || null,
				}));
	});
}
