import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INode } from 'n8n-workflow';
import { stringify } from 'yaml';

import { decodeManifest } from '../../../src/backup/manifest';
import { Scope } from '../../support/scope';
import { fromDefinition, runNode, sampleSite, type SampleSite } from './site-runner';

let scope: Scope;
let site: SampleSite;

beforeAll(async () => {
	scope = await Scope.open('site-fields');
	site = sampleSite(scope, 'shop');
});

afterAll(() => scope?.close());

const asFields = (parameters: Record<string, unknown>): INode['parameters'] => ({
	operation: 'backUp',
	siteSource: 'fields',
	...parameters,
});

const fieldsOf = ({ name, source, backups }: SampleSite, exclude: unknown = '*.log'): INode['parameters'] =>
	asFields({
		name,
		directories: { directory: [{ name: 'www', path: source, via: 'n8n', include: '', exclude }] },
		destinations: { destination: [{ name: 'local', type: 'directory', path: backups }] },
	});

/** What the newest restore point holds, apart from what every run has anew. */
function stored(from: SampleSite): object {
	const file = join(from.backups, from.name, from.restorePoints().at(-1) ?? '', 'manifest.json');
	const { artefacts, status, failures, notKept } = decodeManifest(readFileSync(file), file);
	return { artefacts, status, failures, notKept };
}

test('fields, YAML, JSON and an expression define the same site', async () => {
	const results: object[] = [];
	for (const parameters of [
		fieldsOf(site),
		fromDefinition('backUp', stringify(site.definition)),
		fromDefinition('backUp', JSON.stringify({ sites: [site.definition] })),
		fromDefinition('backUp', '={{ $json }}'),
	]) {
		const run = await runNode(parameters, {}, [
			{ json: structuredClone(site.definition) as { name: string } },
		]);
		expect(run.error).toBeUndefined();
		results.push(stored(site));
	}
	expect(results).toEqual([results[0], results[0], results[0], results[0]]);
	expect(site.restorePoints()).toHaveLength(4);
});

test.each([
	['commas', '*.log, /pictures/'],
	['line breaks', '*.log\n/pictures/\n'],
	['a list of an expression', '={{ ["*.log", "/pictures/"] }}'],
])('patterns are separated by %s', async (_case, exclude) => {
	const run = await runNode(fieldsOf(site, exclude));
	const [{ entries } = { entries: 0 }] = run.json('Backup')[0]?.['artefacts'] as { entries: number }[];
	// The folder itself and index.html.
	expect(entries).toBe(2);
});

test('a SQLite database is one of the fields, and needs no container engine when n8n sees it', async () => {
	const path = join(site.source, '..', 'app.db');
	execFileSync('sqlite3', [path, 'create table orders (id); insert into orders values (1), (2)']);
	const destinations = { destination: [{ name: 'local', type: 'directory', path: site.backups }] };
	const of = (database: object): INode['parameters'] =>
		asFields({ name: site.name, sqliteDatabases: { database: [database] }, destinations });
	const run = await runNode(of({ name: 'app', path, container: '' }));
	expect(run.error).toBeUndefined();
	expect(stored(site)).toMatchObject({
		artefacts: [{ name: 'db-app', kind: 'sqlite', tables: [{ name: 'orders', rows: 2 }] }],
	});
	const { error } = await runNode(of({ name: 'app', path, container: 'shop-app' }));
	expect(error?.message).toContain('needs the container engine for database "app"');
});

test('a PostgreSQL on a server needs the container engine only when an image has its programs', async () => {
	const destinations = { destination: [{ name: 'local', type: 'directory', path: site.backups }] };
	const server = {
		name: 'crm',
		type: 'postgres-server',
		host: '127.0.0.1',
		port: 1,
		database: 'crm',
		user: 'a',
	};
	const of = (more: object): INode['parameters'] =>
		asFields({ name: site.name, databases: { database: [{ ...server, ...more }] }, destinations });
	const programs = { image: 'postgres:17', network: 'crm_default', globals: true };
	expect((await runNode(of(programs))).error?.message).toContain(
		'needs the container engine for database "crm", roles and tablespaces of "crm", and no',
	);
	expect((await runNode(of({ image: '' }))).error?.message).not.toContain('container engine');
});

test('n8n itself is among the fields', async () => {
	const path = join(site.source, 'database.sqlite');
	execFileSync('sqlite3', [path, 'create table workflow_entity (id)']);
	const destinations = { destination: [{ name: 'local', type: 'directory', path: site.backups }] };
	const of = (settings: object): INode['parameters'] =>
		asFields({ name: site.name, n8n: { settings }, destinations });
	const local = { seenBy: 'n8n', folder: site.source, databaseType: 'sqlite', files: false };
	const run = await runNode(of(local));
	expect(run.error).toBeUndefined();
	expect(stored(site)).toMatchObject({ artefacts: [{ name: 'n8n-database', kind: 'sqlite' }] });
	const remote = { seenBy: 'engine', container: 'n8n', volume: 'n8n_data' };
	const { error } = await runNode(of(remote));
	expect(error?.message).toContain('needs the container engine for the database of n8n, the files of n8n');
	const onPostgres = {
		databaseType: 'postgres',
		databaseContainer: 'n8n-db',
		databaseName: 'n8n',
		files: false,
	};
	const refused = await runNode(of(onPostgres));
	expect(refused.error?.message).toContain('needs the container engine for the database of n8n');
});

test('configs are among the fields', async () => {
	const destinations = { destination: [{ name: 'local', type: 'directory', path: site.backups }] };
	const config = {
		name: 'stack',
		paths: join(site.source, 'index.html'),
		via: 'n8n',
		inspect: '',
		secrets: 'plain',
	};
	const run = await runNode(asFields({ name: site.name, configs: { config: [config] }, destinations }));
	expect(run.error).toBeUndefined();
	expect(stored(site)).toMatchObject({ artefacts: [{ name: 'config-stack', kind: 'config' }] });
	const refused = await runNode(
		asFields({ name: site.name, configs: { config: [{ ...config, secrets: 'encrypted' }] }, destinations }),
	);
	expect(refused.error?.message).toContain('the backup is not encrypted');
});

test('Include keeps only what its patterns match', async () => {
	const directory = [{ name: 'www', path: site.source, include: '/pictures/' }];
	const run = await runNode({ ...fieldsOf(site), directories: { directory } });
	const [{ entries } = { entries: 0 }] = run.json('Backup')[0]?.['artefacts'] as { entries: number }[];
	// The folder itself, pictures and what is in it.
	expect(entries).toBe(3);
});

test.each([
	[
		'a name that is no folder name',
		{ name: '../x' },
		/^The site that the fields of this node define has .*name: /,
	],
	['nothing to back up', { directories: {} }, /backup: names nothing to back up/],
	['no destination', { destinations: {} }, /destinations: must have at least 1 entry/],
	[
		'a relative path',
		{ directories: { directory: [{ name: 'www', path: 'srv/www' }] } },
		/backup\.directories\[0\]\.path: /,
	],
	[
		'a missing name',
		{ volumes: { volume: [{ name: '={{ "" }}', volume: 'shop_media' }] } },
		/backup\.volumes\[0\]\.name: must not be empty/,
	],
	[
		'a connection string as database',
		{ databases: { database: [{ name: 'a', container: 'db', database: 'postgres://x' }] } },
		/backup\.databases\[0\]\.database: must be the name of a database, not a connection string/,
	],
	[
		'patterns that are neither text nor list',
		{ directories: { directory: [{ name: 'www', path: '/srv/www', exclude: '={{ 1 === 1 }}' }] } },
		/backup\.directories\[0\]\.exclude: must be a list/,
	],
	[
		'a name used twice',
		{
			destinations: {
				destination: [
					{ name: 'a', path: '/srv/a' },
					{ name: 'a', path: '/srv/b' },
				],
			},
		},
		/destinations\[1\]\.name: "a" is also the name of entry 1/,
	],
])('BK-34 fields with %s are refused with the field named', async (_case, fields, text) => {
	const { error } = await runNode({ ...fieldsOf(site), ...fields });
	expect(error?.message).toMatch(text);
	expect(error?.description).toMatch(/Correct these fields/);
});

test.each([
	['an expression that gives an empty text', '={{ "" }}', /names no site/],
	['an expression that gives nothing', '={{ $json.none }}', /names no site/],
	['broken YAML', 'name: [', /cannot be read as YAML or JSON \(line 1\)/],
	[
		'a misspelt field',
		'name: shop\ndestination: []\n',
		/line 2, destination: is not a known field; probably/,
	],
	['a number', '={{ 7 }}', /must be a site \(an object with fields\) or a list of sites/],
])('a definition that is %s is refused and says why', async (_case, definition, text) => {
	const { error } = await runNode(fromDefinition('backUp', definition));
	expect(error?.message).toMatch(text);
});

test('several sites are backed up one after the other, each with an item of its own', async () => {
	const sites = [site, sampleSite(scope, 'blog'), sampleSite(scope, 'wiki')];
	const run = await runNode(
		fromDefinition(
			'backUp',
			sites.map(({ definition }) => definition),
		),
		{},
		[{ json: {} }],
	);
	const items = run.output('Backup')[0] ?? [];
	expect(items.map(({ json, pairedItem }) => [json['site'], json['status'], pairedItem])).toEqual([
		['shop', 'ok', { item: 0 }],
		['blog', 'ok', { item: 0 }],
		['wiki', 'ok', { item: 0 }],
	]);
});

describe('a site that needs the container engine', () => {
	const definition = {
		name: 'engine',
		backup: {
			directories: [
				{ name: 'www', path: '/srv/www', via: 'engine' },
				{ name: 'seen', path: '/srv/seen' },
			],
			volumes: [{ name: 'media', volume: 'shop_media' }],
			databases: [{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'shop' }],
		},
		destinations: [
			{ name: 'host', type: 'engine', path: '/srv/backups' },
			{ name: 'local', type: 'directory', path: '/nonexistent' },
		],
	};

	test('is refused without a credential, naming what needs the engine', async () => {
		const { error } = await runNode(fromDefinition('backUp', definition));
		expect(error).toMatchObject({
			message:
				'The site "engine" needs the container engine for directory "www", volume "media", database "shop", destination "host", and no Docker credential is selected.',
			description: expect.stringContaining('Select a credential of the type "Docker API"') as string,
		});
	});

	test.each([
		['list', {}, 'destination "host"'],
		['verify', {}, 'destination "host"'],
		['restore', { artefacts: 'volume-media' }, 'volume "media", destination "host"'],
		['restore', { artefacts: 'db-shop', options: { destination: 'local' } }, 'database "shop"'],
	])('%s asks only for what it uses: %j', async (operation, more, labels) => {
		const { error } = await runNode(fromDefinition(operation, definition, more));
		expect(error?.message).toContain(`needs the container engine for ${labels}, and no`);
	});

	test.each([
		['list', { options: { destination: 'local' } }],
		['restore', { artefacts: 'files-seen', options: { destination: 'local' } }],
	])('%s of what n8n sees needs no credential: %j', async (operation, more) => {
		const { error } = await runNode(fromDefinition(operation, definition, more));
		expect(String(error?.message)).not.toMatch(/credential/);
	});

	test('a credential that is not complete is named without its values', async () => {
		const credential = { connectionType: 'tcp', host: 'geheim-4711/x', port: '2375' };
		const { error, raw } = await runNode(fromDefinition('backUp', definition), {}, undefined, credential);
		expect(error?.message).toMatch(/The Docker credential is not complete: .*host: /);
		expect(JSON.stringify(raw)).not.toContain('geheim-4711');
	});
});
