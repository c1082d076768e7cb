import { z } from 'zod';

import { matchesGlob } from '../shared';
import { Access, type ContainerAction } from './access';
import { parseAnswer } from './answer';
import type { ChangeOptions } from './change-options';
import type { EngineConnection } from './connection';
import { inspectedNetwork } from './definition';
import { Engine } from './engine';
import { readHolders, type Holder } from './holders';
import { maskedValues } from './masking';
import {
	builtInNetwork,
	networkCreation,
	networkInUse,
	refuseDifferentNetwork,
	sendNetworkChange,
	type NetworkDefinition,
} from './network-changes';
import { noSuchNetwork, parseNetworkName, readNetworks, resolveNetwork } from './network-reference';
import {
	engineNetwork,
	isBuiltIn,
	networkWithoutSecrets,
	summariseNetwork,
	type EngineNetwork,
	type NetworkSummary,
} from './network-summary';

/** All given conditions must hold. */
export interface NetworkFilter {
	/** Name with `*` and `?`, e.g. `shop_*`. */
	name?: string | undefined;
	/** `key` or `key=value`; all must be present. */
	labels?: string[] | undefined;
	driver?: string | undefined;
	/** Only those to which a container is connected, running or not, or only the others. */
	inUse?: boolean | undefined;
}

export interface CreateNetworkResult extends Partial<NetworkSummary> {
	/** False when there was such a network. */
	changed: boolean;
	name: string;
	dryRun?: true;
}

export interface RemoveNetworkResult {
	/** False when there was none. */
	changed: boolean;
	/** Whether it is gone by this; false in a dry run. */
	deleted: boolean;
	name: string;
	id: string | null;
	dryRun?: true;
}

/** The networks of one engine, within the rights of one credential. */
export class Networks {
	private readonly engine: Engine;
	private readonly access: Access;

	constructor(connection: EngineConnection) {
		this.engine = new Engine(connection);
		this.access = new Access(connection);
	}

	/** All networks that the rights cover and the filter fits; sorted by name. */
	async list(filter: NetworkFilter = {}, signal?: AbortSignal): Promise<NetworkSummary[]> {
		return (await this.select(filter, signal)).map(({ summary }) => summary);
	}

	/** As `list`, in the engine's own shape, with the values of driver options masked. */
	async listRaw(filter: NetworkFilter = {}, signal?: AbortSignal): Promise<EngineNetwork[]> {
		return (await this.select(filter, signal)).map(({ network }) => this.masked(network));
	}

	/** @throws DockerError `not_found`, `ambiguous`, `invalid_reference`, `not_permitted` */
	async get(reference: string, signal?: AbortSignal): Promise<NetworkSummary> {
		const network = await this.inspect('inspect network', reference, signal);
		return summariseNetwork(network, this.usersOf(network, await readHolders(this.engine, false, signal)));
	}

	/** As `get`, in the engine's own shape, with the values of driver options masked. */
	async getRaw(reference: string, signal?: AbortSignal): Promise<EngineNetwork> {
		return this.masked(await this.inspect('inspect network', reference, signal));
	}

	/**
	 * Makes a network. One of this name that is as asked for is left alone.
	 * @throws DockerError `conflict` where one of this name is different or the addresses are taken, `not_permitted`
	 */
	async create(
		definition: NetworkDefinition,
		{ dryRun, signal }: ChangeOptions = {},
	): Promise<CreateNetworkResult> {
		this.access.requireAction('create network');
		const name = parseNetworkName(definition.name);
		this.access.requireNetwork(name);
		const [present, another] = (await readNetworks(this.engine, {}, signal)).filter(
			(network) => network.Name === name,
		);
		if (present) {
			refuseDifferentNetwork(another ?? present, definition);
			const users = this.usersOf(present, await readHolders(this.engine, false, signal));
			return { changed: false, ...summariseNetwork(present, users), ...(dryRun && { dryRun }) };
		}
		if (dryRun) return { changed: true, name, dryRun };
		const body = networkCreation(name, definition);
		const path = '/networks/create';
		const answer = await sendNetworkChange(this.engine, { method: 'POST', path, body, signal });
		const { Id } = parseAnswer(answer, `POST ${path}`, z.looseObject({ Id: z.string() }));
		const made = await this.engine.call({ path: `/networks/${Id}`, signal }, engineNetwork);
		return { changed: true, ...summariseNetwork(made, { inUse: false, usedBy: [] }) };
	}

	/**
	 * Removes a network; never one that every engine has by itself.
	 * @throws DockerError `conflict` while a container is connected to it, running or not, `ambiguous`, `not_permitted`
	 */
	async remove(reference: string, { dryRun, signal }: ChangeOptions = {}): Promise<RemoveNetworkResult> {
		this.access.requireAction('remove network');
		const name = parseNetworkName(reference);
		const found = await resolveNetwork(this.engine, name, signal);
		if (!found) {
			if (!/^[0-9a-f]{12,64}$/.test(name)) this.access.requireNetwork(name);
			return { changed: false, deleted: false, name, id: null, ...(dryRun && { dryRun }) };
		}
		this.access.requireNetwork(found.Name, reference);
		if (isBuiltIn(found)) throw builtInNetwork(found.Name);
		const { inUse, usedBy } = this.usersOf(found, await readHolders(this.engine, false, signal));
		if (inUse) throw networkInUse(found.Name, usedBy);
		const result = { changed: true, deleted: true, name: found.Name, id: found.Id };
		if (dryRun) return { ...result, deleted: false, dryRun };
		await sendNetworkChange(this.engine, { method: 'DELETE', path: `/networks/${found.Id}`, signal });
		return result;
	}

	/**
	 * What a network is made of, without what is connected to it now.
	 * @param masked options that may hold secrets are left out
	 */
	async definition(
		name: string,
		masked: boolean,
		signal?: AbortSignal,
	): Promise<z.infer<typeof inspectedNetwork>> {
		this.access.requireAction('inspect');
		const found = await this.engine.call(
			{ path: `/networks/${encodeURIComponent(name)}`, signal },
			inspectedNetwork,
		);
		return masked ? { ...found, Options: maskedValues(found.Options ?? {}) } : found;
	}

	private async select(
		filter: NetworkFilter,
		signal: AbortSignal | undefined,
	): Promise<{ network: EngineNetwork; summary: NetworkSummary }[]> {
		this.access.requireAction('list networks');
		const filters = {
			...(filter.labels?.length && { label: filter.labels }),
			...(filter.driver && { driver: [filter.driver] }),
		};
		const networks = await readNetworks(this.engine, filters, signal);
		const holders = await readHolders(this.engine, false, signal);
		return networks
			.filter(({ Name }) => this.access.coversNetwork(Name))
			.map((network) => ({ network, summary: summariseNetwork(network, this.usersOf(network, holders)) }))
			.filter(({ summary }) => !filter.name || matchesGlob(filter.name, summary.name))
			.filter(({ summary }) => filter.inUse === undefined || summary.inUse === filter.inUse)
			.sort((a, b) => (a.network.Name < b.network.Name ? -1 : 1));
	}

	private async inspect(
		action: ContainerAction,
		reference: string,
		signal: AbortSignal | undefined,
	): Promise<EngineNetwork> {
		this.access.requireAction(action);
		const found = await resolveNetwork(this.engine, reference, signal);
		if (!found) throw noSuchNetwork(reference);
		const network = await this.engine.call({ path: `/networks/${found.Id}`, signal }, engineNetwork);
		this.access.requireNetwork(network.Name, reference);
		return network;
	}

	private masked(network: EngineNetwork): EngineNetwork {
		return networkWithoutSecrets(network, (name) => this.access.covers(name));
	}

	/** One that was never started names its networks only; one whose network was made anew still has the former id. */
	private usersOf(
		{ Id, Name }: EngineNetwork,
		holders: readonly Holder[],
	): { inUse: boolean; usedBy: string[] } {
		const found = holders.filter(({ networks }) => networks.includes(Id) || networks.includes(Name));
		const names = found.map(({ name }) => name).filter((name) => this.access.covers(name));
		return { inUse: found.length > 0, usedBy: names.sort() };
	}
}
