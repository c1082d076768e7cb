import { z } from 'zod';

import type { InspectedContainer } from '../summary';

const list = z
	.array(z.string())
	.nullish()
	.transform((value) => value ?? []);
const text = z
	.string()
	.nullish()
	.transform((value) => value ?? '');
const flag = z
	.boolean()
	.nullish()
	.transform((value) => value ?? false);

const inspected = z.looseObject({
	Config: z.looseObject({
		Image: text,
		User: text,
		Env: list,
		Healthcheck: z.looseObject({ Test: list }).nullish(),
		ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
	}),
	HostConfig: z.looseObject({
		Privileged: flag,
		NetworkMode: text,
		PidMode: text,
		IpcMode: text,
		UTSMode: text,
		UsernsMode: text,
		CapAdd: list,
		SecurityOpt: list,
		Memory: z.number().nullish(),
		PidsLimit: z.number().nullish(),
		Devices: z.array(z.looseObject({ PathOnHost: text })).nullish(),
		LogConfig: z.looseObject({ Type: text, Config: z.record(z.string(), z.unknown()).nullish() }).nullish(),
		RestartPolicy: z.looseObject({ Name: text }).nullish(),
		PublishAllPorts: flag,
		PortBindings: z
			.record(z.string(), z.array(z.looseObject({ HostIp: text, HostPort: text })).nullish())
			.nullish(),
	}),
});

/** What the rules judge. */
export interface AuditFacts {
	running: boolean;
	exitCode: number;
	restartCount: number;
	image: string;
	user: string;
	/** Names of environment variables that are not empty, and whether their value is an address with a password. */
	environment: { name: string; holdsPassword: boolean }[];
	hasHealthCheck: boolean;
	privileged: boolean;
	namespaces: { network: string; pid: string; ipc: string; uts: string; user: string };
	capabilities: string[];
	securityOptions: string[];
	memoryLimited: boolean;
	devices: string[];
	/** Empty where the engine does not tell. */
	logDriver: string;
	logSizeLimited: boolean;
	restartPolicy: string;
	ports: { containerPort: string; hostAddress: string; hostPort: string }[];
	mounts: { source: string; target: string; writable: boolean }[];
}

/** Takes from the engine's description what the rules need; no values of variables are kept. */
export function auditFacts(container: InspectedContainer): AuditFacts {
	const { Config: config, HostConfig: host } = inspected.parse(container);
	const test = config.Healthcheck?.Test ?? [];
	return {
		running: container.State.Status === 'running' || container.State.Status === 'restarting',
		exitCode: container.State.ExitCode,
		restartCount: container.RestartCount,
		image: config.Image,
		user: config.User,
		environment: config.Env.flatMap((entry) => {
			const [name = ''] = entry.split('=', 1);
			const value = entry.slice(name.length + 1);
			const holdsPassword = /^[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:[^\s@/]+@/i.test(value);
			return value === '' ? [] : [{ name, holdsPassword }];
		}),
		hasHealthCheck: test.length > 0 && test[0] !== 'NONE',
		privileged: host.Privileged,
		namespaces: {
			network: host.NetworkMode,
			pid: host.PidMode,
			ipc: host.IpcMode,
			uts: host.UTSMode,
			user: host.UsernsMode,
		},
		capabilities: host.CapAdd.map((name) => name.toUpperCase().replace(/^CAP_/, '')),
		securityOptions: host.SecurityOpt,
		memoryLimited: (host.Memory ?? 0) > 0,
		devices: (host.Devices ?? []).map(({ PathOnHost }) => PathOnHost),
		logDriver: host.LogConfig?.Type ?? '',
		logSizeLimited: Boolean(host.LogConfig?.Config?.['max-size']),
		restartPolicy: host.RestartPolicy?.Name || 'no',
		ports: [
			...Object.entries(host.PortBindings ?? {}).flatMap(([containerPort, bindings]) =>
				(bindings ?? []).map(({ HostIp, HostPort }) => ({
					containerPort,
					hostAddress: HostIp,
					hostPort: HostPort,
				})),
			),
			...(host.PublishAllPorts ? Object.keys(config.ExposedPorts ?? {}) : [])
				.filter((containerPort) => !host.PortBindings?.[containerPort]?.length)
				.map((containerPort) => ({ containerPort, hostAddress: '', hostPort: '' })),
		],
		mounts: (container.Mounts ?? [])
			.filter(({ Type }) => Type === 'bind')
			.map(({ Source, Destination, RW }) => ({ source: Source, target: Destination, writable: RW })),
	};
}
