import { z } from 'zod';
import { siteSchema } from './schema';

/**
 * The JSON Schema (2020-12) of a definition: one site, a list, or an object with the list under `sites`. It lets
 * editors complete and check; rules that compare fields with each other are checked by the reader alone.
 */
export function siteJsonSchema(): Record<string, unknown> {
	const { $schema, properties, ...site } = z.toJSONSchema(siteSchema, { io: 'input' });
	const address = { type: 'string', description: 'Address of this schema, for editors.' };
	const list = { type: 'array', minItems: 1, maxItems: 1000, items: { $ref: '#/$defs/site' } };
	return {
		$schema,
		title: 'Site definition of n8n-nodes-opsdesk',
		anyOf: [
			{ $ref: '#/$defs/site' },
			list,
			{
				type: 'object',
				properties: { $schema: address, sites: list },
				required: ['sites'],
				additionalProperties: false,
			},
		],
		$defs: { site: { ...site, properties: { $schema: address, ...properties } } },
	};
}
