import { lookup } from 'node:dns/promises';

import { Access } from './access';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { DockerError } from './errors';
import { findContainer } from './find';
import { listContainers } from './list';
import { managedContainer, servicesOfN8n, type ManagedContainer, type ServiceAddress } from './managed';
import { idIn, ownContainer, ownTraces, type OwnTraces } from './own-container';
import { summarise } from './summary';
import { within } from './within';

/** `true` protects a container; `false` gives an n8n that is not the own one free. */
export const protectedLabel = 'opsdesk.protected';

export interface ProtectionOptions {
	signal?: AbortSignal | undefined;
	/** Of this process. */
	env?: Readonly<Record<string, string | undefined>> | undefined;
	traces?: OwnTraces | undefined;
}

/** An address that n8n needs, as it is used in the container `from` or on this machine. */
interface Address {
	host: string;
	port: number;
	reason: string;
	from: ManagedContainer | undefined;
	/** What the host's name stands for. */
	resolved: string[];
}

const resolvingMs = 2000;
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0|host\.docker\.internal)$/i;
const n8nImage = /(?:^|\/)n8nio\/n8n(?:[:@]|$)/;

/**
 * Why containers must never be paused or stopped, by their ids: n8n would end itself in the middle of its work, or cut
 * itself off from its database, its queue or the engine, and nobody would start anything again.
 */
export async function protectedContainers(
	candidates: readonly ManagedContainer[],
	connection: EngineConnection,
	{ signal, env = process.env, traces = ownTraces() }: ProtectionOptions = {},
): Promise<Map<string, string>> {
	if (candidates.length === 0) return new Map();
	const own = await ownManaged(connection, traces, signal);
	const installations = [...(own ? [own] : []), ...(await otherN8n(candidates, connection, signal))];
	const addresses = await Promise.all([
		...servicesOfN8n(env).map((service) => serviceAddress(service, own)),
		...installations.flatMap((from) => from.n8nServices.map((service) => serviceAddress(service, from))),
		...(connection.connectionType === 'socket' ? [] : [engineAddress(connection, own)]),
	]);
	const reasons = new Map<string, string>();
	for (const candidate of candidates) {
		const reason =
			ownReason(candidate, own, traces) ??
			addresses.find((address) => leadsTo(candidate, address))?.reason ??
			(own && dependencyOf(own, candidate) ? 'n8n depends on it' : undefined);
		if (reason !== undefined) reasons.set(candidate.id, reason);
	}
	return reasons;
}

/**
 * Whether the engine is reached through one of these containers, so that whoever is in a network with it reaches the engine
 * as well.
 */
export async function anyLeadsToEngine(
	candidates: readonly ManagedContainer[],
	connection: EngineConnection,
	{ signal, traces = ownTraces() }: ProtectionOptions = {},
): Promise<boolean> {
	if (connection.connectionType === 'socket' || candidates.length === 0) return false;
	const address = await engineAddress(connection, await ownManaged(connection, traces, signal));
	return candidates.some((candidate) => leadsTo(candidate, address));
}

async function ownManaged(
	connection: EngineConnection,
	traces: OwnTraces,
	signal: AbortSignal | undefined,
): Promise<ManagedContainer | undefined> {
	const own = await ownContainer(new Engine(connection), traces, signal);
	return own && managedContainer(own);
}

/** Further installations of n8n that the rights cover. */
async function otherN8n(
	candidates: readonly ManagedContainer[],
	connection: EngineConnection,
	signal: AbortSignal | undefined,
): Promise<ManagedContainer[]> {
	const [engine, access] = [new Engine(connection), new Access(connection)];
	const found: ManagedContainer[] = [];
	for (const { id, image, labels } of (await listContainers(engine, access, {}, signal)).map(summarise)) {
		if (!n8nImage.test(image) || labels[protectedLabel] === 'false') continue;
		const known = candidates.find((candidate) => candidate.id === id);
		const container =
			known ?? (await findContainer(engine, access, 'inspect', id, signal).then(managedContainer, whenGone));
		if (container) found.push(container);
	}
	return found;
}

function whenGone(thrown: unknown): undefined {
	if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
	throw thrown;
}

function ownReason(
	candidate: ManagedContainer,
	own: ManagedContainer | undefined,
	traces: OwnTraces,
): string | undefined {
	if (candidate.labels[protectedLabel] === 'true') return `it carries the label ${protectedLabel}=true`;
	const sameName = traces.inContainer && !own && candidate.reachedAt.hostname === traces.hostname;
	const sameId = candidate.id === idIn(traces) || candidate.id === own?.id;
	if (sameId || sameName) return "it is n8n's own container";
	const sameInstallation =
		own !== undefined &&
		own.project !== null &&
		own.project === candidate.project &&
		own.image === candidate.image;
	if (sameInstallation) return "it belongs to n8n's own installation";
	if (!n8nImage.test(candidate.image) || candidate.labels[protectedLabel] === 'false') return undefined;
	return `n8n runs in it (the label ${protectedLabel}=false on the container gives it free)`;
}

async function serviceAddress(
	{ what, host, port }: ServiceAddress,
	from: ManagedContainer | undefined,
): Promise<Address> {
	return { host, port, from, reason: `n8n has its ${what} in it`, resolved: await addressesBehind(host) };
}

async function engineAddress(
	{ host, port }: { host: string; port: number },
	from: ManagedContainer | undefined,
): Promise<Address> {
	const reason = 'the container engine is reached through it';
	return { host, port, from, reason, resolved: await addressesBehind(host) };
}

function leadsTo(
	{ id, name, reachedAt, service, project }: ManagedContainer,
	{ host, port, from, resolved }: Address,
): boolean {
	const { networks, publishedPorts } = reachedAt;
	if (loopback.test(host) || networks.some(({ gateways }) => gateways.includes(host))) {
		const sharesNetwork = from?.dependencies.some(
			({ on }) => 'container' in on && isNamed(on.container, id, name),
		);
		return sharesNetwork === true || publishedPorts.includes(port);
	}
	const known = networks.flatMap(({ addresses }) => addresses);
	if (resolved.some((address) => known.includes(address))) return true;
	if (from === undefined) return false;
	// The same name may mean something else in another network, so it counts only where the two see each other.
	const shared = networks.filter(({ name: network }) =>
		from.reachedAt.networks.some((other) => other.name === network),
	);
	const sameProject = from.project !== null && from.project === project;
	return shared.some(({ aliases }) => [...aliases, name, sameProject ? service : null].includes(host));
}

async function addressesBehind(host: string): Promise<string[]> {
	const resolving = lookup(host, { all: true });
	const found = await within(resolving, { limitMs: resolvingMs, what: host }).catch(() => []);
	return found.map(({ address }) => address);
}

function dependencyOf(own: ManagedContainer, { id, name, project, service }: ManagedContainer): boolean {
	return own.dependencies.some(({ on }) =>
		'container' in on
			? isNamed(on.container, id, name)
			: own.project !== null && own.project === project && on.service === service,
	);
}

function isNamed(reference: string, id: string, name: string): boolean {
	return reference === name || (/^[0-9a-f]{12,}$/.test(reference) && id.startsWith(reference));
}
