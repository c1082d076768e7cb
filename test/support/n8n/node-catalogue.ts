import { z } from 'zod';
import { requestJson } from './http';
import type { RestRequest } from './publication';
import { editorHeaders, type N8nSession } from './session';
import type { CredentialReference } from './workflow';

const nodeTypeSchema = z.looseObject({
	name: z.string(),
	displayName: z.string(),
	version: z.union([z.number(), z.array(z.number())]),
	properties: z.array(z.looseObject({ name: z.string(), displayName: z.string(), type: z.string() })),
	iconUrl: z.union([z.string(), z.object({ light: z.string(), dark: z.string() })]).optional(),
});

/** The description of a node type as n8n serves it to the editor. */
export type NodeTypeDescription = z.infer<typeof nodeTypeSchema>;

/** What the editor sends when a list of a parameter is opened. */
export interface ListRequest {
	nodeType: string;
	version: number;
	/** Name of the node's method, e.g. that of `listSearch` or `loadOptions`. */
	method: string;
	/** Path of the parameter; default `parameters.<method>`, which n8n does not look at for these. */
	path?: string;
	parameters?: Record<string, unknown>;
	credentials?: Record<string, CredentialReference>;
	/** What the user typed to search. */
	filter?: string;
	paginationToken?: string;
}

const option = z.looseObject({ name: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) });
const searchResult = z.object({ results: z.array(option), paginationToken: z.unknown().optional() });

/** Node types and their dynamic lists, as the editor reads them. */
export class NodeCatalogue {
	constructor(
		private readonly session: N8nSession,
		private readonly rest: RestRequest,
	) {}

	/** All node types; some 500, so ask once and keep the answer. */
	async nodeTypes(): Promise<NodeTypeDescription[]> {
		const headers = editorHeaders(this.session);
		return await requestJson(`${this.session.url}/types/nodes.json`, z.array(nodeTypeSchema), { headers });
	}

	/** The entries of a resource locator's list (`listSearch`). */
	async resourceLocator(request: ListRequest): Promise<z.infer<typeof searchResult>> {
		return await this.rest('dynamic-node-parameters/resource-locator-results', searchResult, {
			method: 'POST',
			body: { ...common(request), filter: request.filter, paginationToken: request.paginationToken },
		});
	}

	/** The entries of a drop-down filled by a method (`loadOptions`). */
	async dynamicOptions(request: ListRequest): Promise<z.infer<typeof option>[]> {
		return await this.rest('dynamic-node-parameters/options', z.array(option), {
			method: 'POST',
			body: common(request),
		});
	}
}

const common = (request: ListRequest): Record<string, unknown> => ({
	path: request.path ?? `parameters.${request.method}`,
	methodName: request.method,
	nodeTypeAndVersion: { name: request.nodeType, version: request.version },
	currentNodeParameters: request.parameters ?? {},
	credentials: request.credentials,
});
