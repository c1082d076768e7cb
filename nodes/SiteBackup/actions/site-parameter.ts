import type { IExecuteFunctions } from 'n8n-workflow';

import { readSites, type Site } from '../../../src/shared';
import { postgresAccess, type PostgresAccess } from './postgres-access';

type Row = Record<string, unknown>;

/**
 * The sites a node is for, from its own fields or from a definition; both go through the one reader of definitions.
 * @throws SiteError naming every faulty field
 */
export async function siteParameter(context: IExecuteFunctions, itemIndex: number): Promise<Site[]> {
	const parameter = (name: string): unknown => context.getNodeParameter(name, itemIndex, '');
	if (parameter('siteSource') === 'definition') return await readSites(parameter('site'));
	const rows = (name: string, group: string): Row[] => rowsOf(parameter(name), group);
	const databases = rows('databases', 'database');
	const credential = databases.some(({ type }) => type === 'postgres-server')
		? await postgresAccess(context, itemIndex)
		: undefined;
	return await readSites(
		{
			name: text(parameter('name')),
			backup: {
				directories: rows('directories', 'directory').map(directory),
				volumes: rows('volumes', 'volume').map(volume),
				databases: [
					...databases.map((row) => database(row, credential)),
					...rows('sqliteDatabases', 'database').map(sqlite),
				],
			},
			destinations: rows('destinations', 'destination').map(destination),
		},
		{ source: 'The site that the fields of this node define' },
	);
}

const directory = (row: Row): Row => ({
	name: text(row['name']),
	path: text(row['path']),
	via: row['via'] ?? 'n8n',
	...patterns(row),
});

const volume = (row: Row): Row => ({
	name: text(row['name']),
	volume: text(row['volume']),
	...patterns(row),
});

/** Of a database on a server, what is left empty stands in the Postgres credential. */
const database = (row: Row, credential: PostgresAccess | undefined): Row => {
	const given = (name: string, fallback?: unknown): Row => {
		const value = text(row[name]);
		return value === '' ? (fallback === undefined ? {} : { [name]: fallback }) : { [name]: value };
	};
	const common = { name: text(row['name']), type: row['type'] ?? 'postgres' };
	if (row['type'] !== 'postgres-server') {
		return {
			...common,
			container: text(row['container']),
			database: text(row['database']),
			...given('user'),
		};
	}
	const { port } = row;
	return {
		...common,
		...given('host', credential?.host),
		...(port === undefined || port === '' || port === 0 ? { port: credential?.port ?? 5432 } : { port }),
		...given('database', credential?.database),
		...given('user', credential?.user),
		...given('tls', credential?.tls),
		...given('caFile'),
	};
};

const sqlite = (row: Row): Row => ({
	name: text(row['name']),
	type: 'sqlite',
	path: text(row['path']),
	...(text(row['container']) === '' ? {} : { container: text(row['container']) }),
});

const destination = (row: Row): Row => ({
	name: text(row['name']),
	type: row['type'] ?? 'directory',
	path: text(row['path']),
});

const patterns = (row: Row): Row => ({ include: listOf(row['include']), exclude: listOf(row['exclude']) });

/** Entries of a fixed collection, which has no field at all while it is empty. */
function rowsOf(value: unknown, group: string): Row[] {
	const rows: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, group) : undefined;
	return Array.isArray(rows) ? (rows as Row[]) : [];
}

/** An expression may give a number where a text is meant; blanks around a value are never meant. */
function text(value: unknown): unknown {
	if (value === undefined || value === null) return '';
	if (typeof value === 'number') return String(value);
	return typeof value === 'string' ? value.trim() : value;
}

/** Values separated by commas or line breaks, or the list that an expression gives in their place. */
export function listOf(value: unknown): unknown {
	const whole = text(value);
	if (typeof whole !== 'string') return whole;
	return whole
		.split(/[,\n]/)
		.map((part) => part.trim())
		.filter(Boolean);
}
