import type { Endpoint, Replaceable } from './shapes';

const shortIdLength = 12;
/** Modes in which a container is in no network of its own. */
export const withoutNetwork = /^(host|none|container:.*)$/;
/** The engine's own network, which knows no aliases. */
const bridge = /^(default|bridge|)$/;

export interface NamedEndpoint {
	name: string;
	endpoint: Endpoint;
}

/** The networks a container is in, beside the engine's own bridge, which it joins by itself. */
export function endpointsOf({ HostConfig, NetworkSettings }: Replaceable): NamedEndpoint[] {
	if (withoutNetwork.test(HostConfig.NetworkMode)) return [];
	return Object.entries(NetworkSettings.Networks).map(([name, endpoint]) => ({ name, endpoint }));
}

/** The one a container is made in; engines before API 1.44 take no more than one with it. */
export function primaryNetwork(container: Replaceable): NamedEndpoint | undefined {
	const { NetworkMode } = container.HostConfig;
	if (bridge.test(NetworkMode)) return undefined;
	return endpointsOf(container).find(({ name, endpoint }) => isMeant(NetworkMode, name, endpoint));
}

/** All networks that are to be joined besides the first. */
export function furtherNetworks(container: Replaceable): NamedEndpoint[] {
	const primary = primaryNetwork(container);
	return endpointsOf(container).filter(({ name }) => {
		const first = primary?.name ?? (bridge.test(container.HostConfig.NetworkMode) ? 'bridge' : undefined);
		return name !== first;
	});
}

/** The network the engine puts a container into although the old one has left it since it was made. */
export function leftNetwork(container: Replaceable): string | undefined {
	const { NetworkMode } = container.HostConfig;
	if (withoutNetwork.test(NetworkMode)) return undefined;
	const first = bridge.test(NetworkMode) ? 'bridge' : NetworkMode;
	const stays = endpointsOf(container).some(({ name, endpoint }) => isMeant(first, name, endpoint));
	return stays ? undefined : first;
}

/** How a container is put into a network: as the old one was, with or without what leads others to it. */
export function endpointSettings(
	endpoint: Endpoint,
	old: Pick<Replaceable, 'Id'>,
	{ aliases, also = [] }: { aliases: boolean; also?: string[] },
): Record<string, unknown> {
	const { Links, DriverOpts, IPAMConfig } = endpoint;
	return {
		...(aliases && { Aliases: [...new Set([...ownAliases(endpoint, old), ...also])] }),
		...(Links.length > 0 && { Links }),
		...(DriverOpts && { DriverOpts }),
		...(hasFixedAddress(endpoint) && { IPAMConfig }),
	};
}

/** Without the beginning of the id, which the engine adds by itself. */
export function ownAliases({ Aliases }: Endpoint, { Id }: Pick<Replaceable, 'Id'>): string[] {
	return Aliases.filter((alias) => alias !== Id.slice(0, shortIdLength));
}

/** Names beside the container's own by which others reach it in this network. */
export function furtherAliases(
	endpoint: Endpoint,
	container: Pick<Replaceable, 'Id'>,
	name: string,
): string[] {
	return ownAliases(endpoint, container).filter((alias) => alias !== name);
}

export function hasFixedAddress({ IPAMConfig }: Endpoint): boolean {
	return (
		IPAMConfig !== null &&
		IPAMConfig !== undefined &&
		(IPAMConfig.IPv4Address !== '' || IPAMConfig.IPv6Address !== '' || IPAMConfig.LinkLocalIPs.length > 0)
	);
}

function isMeant(mode: string, name: string, { NetworkID }: Endpoint): boolean {
	return mode === name || (/^[0-9a-f]{12,}$/.test(mode) && NetworkID.startsWith(mode));
}
