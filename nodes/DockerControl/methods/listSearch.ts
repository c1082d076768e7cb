import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { toNodeError } from '../../shared/node-error';

/** The containers that the credential covers, for the resource locator. */
export async function searchContainers(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const { Containers, parseConnection } = await import('../../../src/docker/index.js');
	try {
		const containers = new Containers(parseConnection(await this.getCredentials('dockerApi')));
		const wanted = filter.toLowerCase();
		const found = (await containers.list()).filter(({ name, image }) =>
			`${name} ${image}`.toLowerCase().includes(wanted),
		);
		return { results: found.map(({ name, status }) => ({ name: `${name} (${status})`, value: name })) };
	} catch (thrown) {
		throw toNodeError(this.getNode(), thrown, 0);
	}
}
