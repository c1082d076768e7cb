import type { Access } from './access';
import type { Engine } from './engine';
import { DockerError } from './errors';
import { isKnownImage } from './helper-image';
import { imagePath, namedImage } from './image-reference';
import { inspectMany } from './inspect-many';
import { managedContainer } from './managed';
import { noSuchNetwork, resolveNetwork } from './network-reference';
import { engineNetwork, type EngineNetwork } from './network-summary';
import { anyLeadsToEngine } from './protected';

/** What an engine gives to a container that asks for no network: Docker, Podman. */
const usualNetworks = ['bridge', 'podman'];
/** Asked for by their ids, engines refuse these or give an empty network that only bears the name. */
const knownByName = [...usualNetworks, 'host', 'none'];

/**
 * A network that a container of the caller's own definition may be put into: one that the credential covers, never that of
 * the host, and never the one in which the proxy before the engine is. What is in there asks the engine for whatever
 * the proxy passes, past the credential.
 *
 * @param reference name, id or beginning of an id
 * @throws DockerError `not_found`, `ambiguous`, `not_permitted`; whatever keeps it from being found out
 */
export async function joinableNetwork(
	engine: Engine,
	access: Access,
	reference: string,
	signal?: AbortSignal,
): Promise<EngineNetwork> {
	const found = await coveredNetwork(engine, access, reference, signal);
	if (found.Name === 'host') throw hostNetwork();
	await refuseWayToEngine(engine, found, signal);
	return found;
}

/** The same for the network that the engine chooses where none is asked for. */
export async function requireUsualNetwork(
	engine: Engine,
	access: Access,
	signal?: AbortSignal,
): Promise<void> {
	access.requireNetwork('bridge');
	await refuseUsualWayToEngine(engine, signal);
}

/**
 * The same for a container of this package's own. It runs nothing but what this package has it run, so it may be in any
 * covered network, unless its image is foreign: what that does instead nobody knows. The engine's choice is nobody's wish and
 * needs no right.
 *
 * @param image id
 * @returns undefined where none is asked for
 */
export async function networkForOwn(
	engine: Engine,
	access: Access,
	{
		network,
		image,
		signal,
	}: { network?: string | undefined; image: string; signal?: AbortSignal | undefined },
): Promise<EngineNetwork | undefined> {
	const found = network === undefined ? undefined : await coveredNetwork(engine, access, network, signal);
	if (isKnownImage(await engine.call({ path: imagePath(image, 'json'), signal }, namedImage))) return found;
	if (found === undefined) await refuseUsualWayToEngine(engine, signal);
	else if (found.Name !== 'host') await refuseWayToEngine(engine, found, signal);
	else if (engine.connection.connectionType !== 'socket') throw hostNetworkForForeign();
	return found;
}

/** How the engine is asked for a network. */
export function networkMode({ Id, Name }: Pick<EngineNetwork, 'Id' | 'Name'>): string {
	return knownByName.includes(Name) ? Name : Id;
}

async function coveredNetwork(
	engine: Engine,
	access: Access,
	reference: string,
	signal: AbortSignal | undefined,
): Promise<EngineNetwork> {
	const found = await resolveNetwork(engine, reference, signal);
	if (found === undefined) throw noSuchNetwork(reference);
	access.requireNetwork(found.Name, reference);
	return found;
}

async function refuseUsualWayToEngine(engine: Engine, signal: AbortSignal | undefined): Promise<void> {
	for (const name of usualNetworks) {
		const found = await resolveNetwork(engine, name, signal);
		if (found) await refuseWayToEngine(engine, found, signal);
	}
}

async function refuseWayToEngine(
	engine: Engine,
	{ Id, Name }: EngineNetwork,
	signal: AbortSignal | undefined,
): Promise<void> {
	const { Containers } = await engine.call({ path: `/networks/${Id}`, signal }, engineNetwork);
	// Besides containers, the loads of a swarm stand there under names of their own.
	const ids = Object.keys(Containers ?? {}).filter((id) => /^[0-9a-f]{64}$/.test(id));
	const members = [...(await inspectMany(engine, ids, { signal })).values()].flatMap((member) => {
		if (!(member instanceof DockerError)) return [managedContainer(member)];
		if (member.code === 'not_found') return [];
		throw member;
	});
	if (!(await anyLeadsToEngine(members, engine.connection, { signal }))) return;
	throw new DockerError(
		'not_permitted',
		`The network "${Name}" is that of the proxy before the container engine: a container in it reaches the engine, past all rights of the credential.`,
		'Choose another network. Where other containers have to be in this one, give the proxy a network that it shares with n8n alone. For a backup of a database an official image, e.g. postgres:17, may be in any network.',
	);
}

function hostNetwork(): DockerError {
	return new DockerError(
		'invalid_input',
		'The network of the host is not given to containers.',
		'Publish the ports that are needed.',
	);
}

function hostNetworkForForeign(): DockerError {
	return new DockerError(
		'not_permitted',
		'In the network of the host the container engine can be reached, past all rights of the credential, and the image is not one that this package knows.',
		'Name an official image of the version of the server, e.g. postgres:17, or another network.',
	);
}
