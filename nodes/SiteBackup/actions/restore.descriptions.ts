import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import { textOf } from '../../shared/values';
import { optionsOf } from './common.descriptions';

export const allowErrors: INodeProperties = {
	displayName: 'Allow Errors',
	name: 'allowErrors',
	type: 'boolean',
	default: false,
	description:
		'Whether to let a database count although pg_restore has told errors, such as a missing role. They are listed in the output.',
};

export const dryRun: INodeProperties = {
	displayName: 'Dry Run',
	name: 'dryRun',
	type: 'boolean',
	default: false,
	description:
		'Whether to only check everything and list what would be replaced, needed and stopped. Nothing is changed.',
};

export const stopContainers: INodeProperties = {
	displayName: 'Stop Containers',
	name: 'stopContainers',
	type: 'boolean',
	default: false,
	description:
		'Whether to stop the running containers that use a volume or a path of the host, start them again after the change and wait until they are well. When one is not, everything is taken back.',
};

export const healthTimeout: INodeProperties = {
	displayName: 'Health Timeout (Seconds)',
	name: 'healthTimeoutSeconds',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 3600 },
	default: 300,
	description: 'How long stopped containers have to become healthy after a restore',
};

export const paths: INodeProperties = {
	displayName: 'Paths',
	name: 'paths',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Path',
	default: {},
	description: 'Single files and folders to restore, in place of all of an artefact',
	options: [
		{
			displayName: 'Path',
			name: 'path',
			values: [
				{
					displayName: 'Artefact',
					name: 'artefact',
					type: 'string',
					default: '',
					required: true,
					placeholder: 'e.g. files-www',
				},
				{
					displayName: 'Path',
					name: 'path',
					type: 'string',
					default: '',
					required: true,
					placeholder: 'e.g. uploads/2026/a.jpg',
					description: 'A file or folder, below the root of what was backed up',
				},
			],
		},
	],
};

export const tables: INodeProperties = {
	displayName: 'Tables',
	name: 'tables',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Table',
	default: {},
	description:
		'Single tables of PostgreSQL databases to restore, into a new database beside the live one, which is not touched',
	options: [
		{
			displayName: 'Table',
			name: 'table',
			values: [
				{
					displayName: 'Artefact',
					name: 'artefact',
					type: 'string',
					default: '',
					required: true,
					placeholder: 'e.g. db-shop',
				},
				{
					displayName: 'Table',
					name: 'table',
					type: 'string',
					default: '',
					required: true,
					placeholder: 'e.g. public.orders',
					description: 'The schema and the name of the table',
				},
			],
		},
	],
};

/** Artefact → paths in it; undefined when none was given. */
export function pathsOf(context: IExecuteFunctions, itemIndex: number): Record<string, string[]> | undefined {
	return partsOf(context, itemIndex, 'path');
}

/** Artefact → tables of it; undefined when none was given. */
export function tablesOf(
	context: IExecuteFunctions,
	itemIndex: number,
): Record<string, string[]> | undefined {
	return partsOf(context, itemIndex, 'table');
}

const listNames = { path: 'Paths', table: 'Tables' };

function partsOf(
	context: IExecuteFunctions,
	itemIndex: number,
	kind: keyof typeof listNames,
): Record<string, string[]> | undefined {
	const given = optionsOf(context, itemIndex) as Record<string, Record<string, Record<string, unknown>[]>>;
	const lists = new Map<string, string[]>();
	for (const entry of given[`${kind}s`]?.[kind] ?? []) {
		const artefact = textOf(entry['artefact']);
		// Names may begin and end with blanks.
		const part = entry[kind];
		if (artefact === undefined || typeof part !== 'string' || part.trim() === '') {
			throw new NodeOperationError(context.getNode(), `An entry of "${listNames[kind]}" is incomplete.`, {
				itemIndex,
				description: `Give the artefact and the ${kind} in it, or remove the entry.`,
			});
		}
		lists.set(artefact, [...(lists.get(artefact) ?? []), part]);
	}
	return lists.size > 0 ? Object.fromEntries(lists) : undefined;
}
