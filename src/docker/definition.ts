import { z } from 'zod';

import { maskedNetworks, withoutSecrets } from './masking';
import { nameOf, type InspectedContainer } from './summary';

/** What a container is made of, and what else it needs. */
export interface ContainerDefinition {
	/** In the engine's own words. */
	content: Record<string, unknown>;
	networks: string[];
	volumes: string[];
}

const options = z.record(z.string(), z.string()).nullish();

/** Addresses and connected containers change by themselves and are not among it. */
export const inspectedNetwork = z.object({
	Name: z.string(),
	Driver: z.string().nullish(),
	Scope: z.string().nullish(),
	EnableIPv6: z.boolean().nullish(),
	Internal: z.boolean().nullish(),
	Attachable: z.boolean().nullish(),
	IPAM: z.unknown(),
	Options: options,
	Labels: options,
});

const endpoint = z
	.looseObject({})
	.transform(({ Aliases, IPAMConfig, Links, DriverOpts }) => ({ Aliases, IPAMConfig, Links, DriverOpts }));

/**
 * The definition of a container: state, times and addresses, which change by themselves, are left out.
 * @param masked values of variables, arguments of programs and options of drivers are hidden
 */
export function definitionOf(container: InspectedContainer, masked: boolean): ContainerDefinition {
	const found = masked ? withoutSecrets(container) : container;
	const { Name, Image, Path, Args, Platform, Config, HostConfig, Mounts } = found;
	const connected = container.NetworkSettings?.Networks ?? {};
	const networks = masked ? maskedNetworks(connected) : connected;
	const endpoints = Object.entries(networks).map(([name, value]) => [name, endpoint.safeParse(value).data]);
	return {
		content: {
			...{ Name: nameOf(String(Name)), Image, Path, Args, Platform, Config, HostConfig, Mounts },
			Networks: Object.fromEntries(endpoints),
		},
		networks: Object.keys(networks),
		volumes: (container.Mounts ?? []).flatMap(({ Type, Name: volume }) =>
			Type === 'volume' && volume ? [volume] : [],
		),
	};
}
