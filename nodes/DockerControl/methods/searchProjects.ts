import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { toNodeError } from '../../shared/node-error';

/** The Compose projects of which the credential covers containers, for the resource locator. */
export async function searchProjects(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const { ComposeProjects, parseConnection } = await import('../../../src/docker/index.js');
	try {
		const projects = new ComposeProjects(parseConnection(await this.getCredentials('dockerApi')));
		const found = (await projects.list()).filter(({ name }) => name.includes(filter.toLowerCase()));
		return {
			results: found.map(({ name, running, containers }) => ({
				name: `${name} (${running} of ${containers} running)`,
				value: name,
			})),
		};
	} catch (thrown) {
		throw toNodeError(this.getNode(), thrown, 0);
	}
}
