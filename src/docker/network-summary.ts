import { z } from 'zod';

import { maskedValues } from './masking';

/** What an operator wants to know of a network. */
export interface NetworkSummary {
	name: string;
	driver: string;
	/** `local`, or `swarm` for those that several hosts share. */
	scope: string;
	/** Every engine has it by itself. */
	builtIn: boolean;
	/** Without a way out of the host. */
	internal: boolean;
	attachable: boolean;
	ipv6: boolean;
	subnets: { subnet: string; gateway: string | null }[];
	/** A container is connected to it, or was when it last ran. */
	inUse: boolean;
	/** Names of those containers, as far as the credential covers them. */
	usedBy: string[];
	createdAt: string | null;
	project: string | null;
	labels: Record<string, string>;
	/** Of the driver; the values are masked. */
	options: Record<string, string>;
	id: string;
}

const texts = z
	.record(z.string(), z.string())
	.nullish()
	.transform((value) => value ?? {});
const flag = z
	.boolean()
	.nullish()
	.transform((value) => value ?? false);
const text = z
	.string()
	.nullish()
	.transform((value) => value ?? '');

export const engineNetwork = z.looseObject({
	Id: z.string(),
	Name: z.string(),
	Driver: text,
	Scope: text,
	Created: z.string().nullish(),
	EnableIPv6: flag,
	Internal: flag,
	Attachable: flag,
	Ingress: flag,
	IPAM: z
		.looseObject({
			Config: z
				.array(z.looseObject({ Subnet: text, Gateway: text, IPRange: text }))
				.nullish()
				.transform((value) => value ?? []),
		})
		.nullish(),
	Options: texts,
	Labels: texts,
	Containers: z.record(z.string(), z.unknown()).nullish(),
});
export type EngineNetwork = z.infer<typeof engineNetwork>;

/** Those of Docker, of Podman, and the two that a swarm makes. */
const builtInNames = ['bridge', 'host', 'none', 'podman', 'ingress', 'docker_gwbridge'];

/** Such a network is never removed. */
export function isBuiltIn({ Name, Ingress }: Pick<EngineNetwork, 'Name' | 'Ingress'>): boolean {
	return Ingress || builtInNames.includes(Name);
}

/** @param users names that may be shown */
export function summariseNetwork(
	network: EngineNetwork,
	users: { inUse: boolean; usedBy: string[] },
): NetworkSummary {
	return {
		name: network.Name,
		driver: network.Driver,
		scope: network.Scope,
		builtIn: isBuiltIn(network),
		inUse: users.inUse,
		usedBy: users.usedBy,
		subnets: (network.IPAM?.Config ?? []).map(({ Subnet, Gateway }) => ({
			subnet: Subnet,
			gateway: Gateway || null,
		})),
		internal: network.Internal,
		attachable: network.Attachable,
		ipv6: network.EnableIPv6,
		project: network.Labels['com.docker.compose.project'] ?? null,
		createdAt: network.Created || null,
		labels: network.Labels,
		options: maskedValues(network.Options),
		id: network.Id,
	};
}

/**
 * The engine's own description with the values of driver options masked.
 * @param covers whether the name of a container may be shown
 */
export function networkWithoutSecrets(
	network: EngineNetwork,
	covers: (containerName: string) => boolean,
): EngineNetwork {
	const connected = Object.entries(network.Containers ?? {}).filter(([, value]) => {
		const name: unknown =
			typeof value === 'object' && value !== null ? Reflect.get(value, 'Name') : undefined;
		return typeof name === 'string' && covers(name);
	});
	return {
		...network,
		Options: maskedValues(network.Options),
		...(network.Containers && { Containers: Object.fromEntries(connected) }),
	};
}
