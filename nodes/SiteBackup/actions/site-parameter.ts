import type { IExecuteFunctions } from 'n8n-workflow';

import { readSites, type Site } from '../../../src/shared';
import { consistencyFields } from './consistency-parameter';
import { postgresAccess, type PostgresAccess } from './postgres-access';
import { groupOf, listOf, rowsOf, text, type Row } from './values';

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
			...consistencyFields(context, itemIndex, parameter),
			backup: {
				directories: rows('directories', 'directory').map(directory),
				volumes: rows('volumes', 'volume').map(volume),
				databases: [
					...databases.map((row) => database(row, credential)),
					...rows('sqliteDatabases', 'database').map(sqlite),
				],
				configs: rows('configs', 'config').map(config),
				...n8nSource(groupOf(parameter('n8n'), 'settings')),
			},
			destinations: rows('destinations', 'destination').map(destination),
			...encryption(parameter),
			...given('retention', parameter('retention')),
			...given('expect', expectation(parameter('expect'))),
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
	const common = {
		name: text(row['name']),
		type: row['type'] ?? 'postgres',
		...(row['globals'] === true && { globals: true }),
	};
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
		...given('image'),
		...given('network'),
	};
};

const sqlite = (row: Row): Row => ({
	name: text(row['name']),
	type: 'sqlite',
	path: text(row['path']),
	...(text(row['container']) === '' ? {} : { container: text(row['container']) }),
});

const config = (row: Row): Row => {
	const inspect = listOf(row['inspect']);
	return {
		name: text(row['name']),
		paths: listOf(row['paths']),
		via: row['via'] ?? 'n8n',
		...(Array.isArray(inspect) && inspect.length === 0 ? {} : { inspect }),
		secrets: row['secrets'] ?? 'encrypted',
	};
};

/** What is left empty is not given, so that the defaults of a definition hold. */
const n8nSource = (row: Row | undefined): Row => {
	if (row === undefined) return {};
	const given = (name: string, field: string): Row => {
		const value = text(row[field]);
		return value === '' ? {} : { [name]: value };
	};
	const type = row['databaseType'] ?? 'sqlite';
	const postgres = {
		type,
		container: text(row['databaseContainer']),
		database: text(row['databaseName']),
		...given('user', 'databaseUser'),
	};
	const files = row['files'] ?? true;
	const isInContainer = row['seenBy'] === 'engine';
	return {
		n8n: {
			...given('folder', 'folder'),
			...(isInContainer && { ...given('container', 'container'), ...given('volume', 'volume') }),
			...(!isInContainer && given('storage', 'storage')),
			database: type === 'postgres' ? postgres : type,
			files,
			workflows: row['workflows'] ?? false,
		},
	};
};

const destination = (row: Row): Row => {
	const { name, type = 'directory' } = row;
	const place = type === 's3' ? bucket(row) : { path: text(row['path']) };
	return { name: text(name), type, ...place };
};

/** What is left empty is not given, so that the defaults of a definition hold. */
const bucket = (row: Row): Row => {
	const fields = ['bucket', 'credential', 'endpoint', 'prefix', 'readBack', 'region', 'storageClass'];
	const given = fields.map((field) => [field, text(row[field])]).filter(([, value]) => value !== '');
	const { partSizeMiB = 0 } = row;
	return { bucket: '', ...Object.fromEntries(given), ...(partSizeMiB !== 0 && { partSizeMiB }) };
};

function encryption(parameter: (name: string) => unknown): Row {
	const kind = parameter('encryption');
	if (kind === 'passphrase') return { encryption: { passphrase: true } };
	if (kind === 'recipients') return { encryption: { recipients: listOf(parameter('recipients')) } };
	// Anything else than the three is no consent to store without encryption.
	return kind === '' || kind === 'none' ? {} : { encryption: kind };
}

const patterns = (row: Row): Row => ({ include: listOf(row['include']), exclude: listOf(row['exclude']) });

/** The times and days as lists; a collection to which nothing was added says nothing. */
function expectation(value: unknown): unknown {
	if (!isRow(value)) return value;
	return {
		...value,
		...('at' in value && { at: listOf(value['at']) }),
		...('days' in value && Array.isArray(value['days']) && value['days'].length === 0 && { days: undefined }),
	};
}

/** A collection as a field of the definition, when anything was added to it. */
const given = (field: string, value: unknown): Row =>
	isRow(value) && Object.keys(value).length === 0 ? {} : value === '' ? {} : { [field]: value };

const isRow = (value: unknown): value is Row =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
