import { limitsRequest } from '../container/limits';
import type { NewContainer } from './definition';

const nanosecondsPerSecond = 1e9;

/** The body of `POST /containers/create` (Docker Engine API); only the first network goes with it. */
export function creationRequest(
	wanted: NewContainer,
	labels: Record<string, string>,
	networkId?: string,
): object {
	const { healthCheck, ports, networks } = wanted;
	const nanoseconds = (seconds: number | undefined): number =>
		Math.round((seconds ?? 0) * nanosecondsPerSecond);
	const key = (one: NewContainer['ports'][number]): string => `${one.containerPort}/${one.protocol}`;
	const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
	for (const one of ports) {
		(bindings[key(one)] ??= []).push({ HostIp: one.hostAddress, HostPort: String(one.hostPort ?? '') });
	}
	const [first] = networks;
	return {
		Image: wanted.image,
		...(wanted.command && { Cmd: wanted.command }),
		...(wanted.entrypoint && { Entrypoint: wanted.entrypoint }),
		Env: Object.entries(wanted.environment).map(([name, value]) => `${name}=${value}`),
		Labels: labels,
		ExposedPorts: Object.fromEntries(ports.map((one) => [key(one), {}])),
		...(wanted.user !== undefined && { User: wanted.user }),
		...(wanted.workingDirectory !== undefined && { WorkingDir: wanted.workingDirectory }),
		...(wanted.hostname !== undefined && { Hostname: wanted.hostname }),
		...(wanted.stopTimeoutSeconds !== undefined && { StopTimeout: wanted.stopTimeoutSeconds }),
		...(healthCheck && {
			Healthcheck: {
				Test: ['CMD', ...healthCheck.command],
				Interval: nanoseconds(healthCheck.intervalSeconds),
				Timeout: nanoseconds(healthCheck.timeoutSeconds),
				Retries: healthCheck.retries ?? 0,
				StartPeriod: nanoseconds(healthCheck.startPeriodSeconds),
			},
		}),
		HostConfig: {
			...limitsRequest(wanted),
			PortBindings: bindings,
			Mounts: wanted.mounts.map(mountRequest),
			...(networkId !== undefined && { NetworkMode: networkId }),
		},
		...(networkId !== undefined && {
			NetworkingConfig: { EndpointsConfig: { [networkId]: { Aliases: first?.aliases ?? [] } } },
		}),
	};
}

function mountRequest(mount: NewContainer['mounts'][number]): object {
	if (mount.type === 'tmpfs') return { Type: 'tmpfs', Target: mount.target };
	const place = { Target: mount.target, ReadOnly: mount.readOnly };
	return mount.type === 'volume'
		? { ...place, Type: 'volume', ...(mount.source !== undefined && { Source: mount.source }) }
		: { ...place, Type: 'bind', Source: mount.source };
}
