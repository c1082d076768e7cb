import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import type * as Docker from '../../../src/docker';
import { toNodeError } from '../../shared/node-error';

/** The containers that the credential covers, for the resource locator. */
export async function searchContainers(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	return await search(this, filter, async ({ Containers }, connection) => {
		const found = await new Containers(connection).list();
		return found.map(({ name, status, image }) => ({
			name: `${name} (${status})`,
			value: name,
			description: image,
		}));
	});
}

/** The images that the credential covers; those without a name go by their id. */
export async function searchImages(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	return await search(this, filter, async ({ Images }, connection) => {
		const found = await new Images(connection).list();
		return found.flatMap(({ names, id, createdAt }) =>
			names.length > 0
				? names.map((name) => ({ name, value: name }))
				: [{ name: `Without name (${createdAt?.slice(0, 10)}, ${id.slice(7, 19)})`, value: id }],
		);
	});
}

/** The networks that the credential covers. */
export async function searchNetworks(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	return await search(this, filter, async ({ Networks }, connection) => {
		const found = await new Networks(connection).list();
		// Several networks can have the same name; the id says which is meant.
		const isAlone = (name: string) => found.filter((network) => network.name === name).length === 1;
		return found.map(({ name, driver, id }) =>
			isAlone(name)
				? { name: `${name} (${driver})`, value: name }
				: { name: `${name} (${driver}, ${id.slice(0, 12)})`, value: id },
		);
	});
}

/** The volumes that the credential covers. */
export async function searchVolumes(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	return await search(this, filter, async ({ Volumes }, connection) => {
		const found = await new Volumes(connection).list();
		return found.map(({ name, inUse }) => ({ name: inUse ? name : `${name} (unused)`, value: name }));
	});
}

async function search(
	context: ILoadOptionsFunctions,
	filter: string,
	list: (docker: typeof Docker, connection: Docker.EngineConnection) => Promise<INodeListSearchItems[]>,
): Promise<INodeListSearchResult> {
	const docker = await import('../../../src/docker/index.js');
	try {
		const connection = docker.parseConnection(await context.getCredentials('dockerApi'));
		const wanted = filter.toLowerCase();
		const found = await list(docker, connection);
		return {
			results: found
				.filter(({ name, description }) => `${name} ${description ?? ''}`.toLowerCase().includes(wanted))
				.map(({ name, value }) => ({ name, value })),
		};
	} catch (thrown) {
		throw toNodeError(context.getNode(), thrown, 0);
	}
}
