import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { readCheckedSites, readSiteFile, readSites, siteJsonSchema } from '../../../src/shared';

const docs = resolve(__dirname, '../../../docs');
const schemaPath = join(docs, 'site.schema.json');
const pagePath = join(docs, 'site.md');
const examples = join(docs, 'examples/sites');

/** `UPDATE_DOCS=1` writes the published files anew before they are compared. */
const update = process.env['UPDATE_DOCS'] === '1';

interface Field {
	type?: string;
	description?: string;
	default?: unknown;
	examples?: unknown[];
	enum?: unknown[];
	const?: unknown;
	properties?: Record<string, Field>;
	required?: string[];
	items?: Field;
	oneOf?: Field[];
	anyOf?: Field[];
}

const HEADER = ['field', 'needed', 'example', 'meaning'];

function must<T>(value: T | undefined): T {
	if (value === undefined) throw new Error('The schema has another form than this test expects.');
	return value;
}

/** The objects of a definition, one table each; kinds that a `type` tells apart by that type. */
function objectsOf(site: Field): Array<[name: string, object: Field]> {
	const field = (of: Field, name: string): Field => must(of.properties?.[name]);
	const entries = (of: Field, name: string): Field => must(field(of, name).items);
	const kinds = (of: Field, name: string): Array<[string, Field]> =>
		must(of.oneOf).map((kind) => [`${name} of type ${String(field(kind, 'type').const)}`, kind]);
	const backup = field(site, 'backup');
	const consistency = must(field(site, 'consistency').anyOf?.find(({ properties }) => properties));
	return [
		['site', site],
		['containers', must(field(site, 'containers').anyOf?.find(({ properties }) => properties))],
		['consistency', consistency],
		['hooks', entries(consistency, 'hooks')],
		['backup', backup],
		['directories', entries(backup, 'directories')],
		['volumes', entries(backup, 'volumes')],
		...kinds(entries(backup, 'databases'), 'databases'),
		['configs', entries(backup, 'configs')],
		['n8n', field(backup, 'n8n')],
		...kinds(entries(site, 'destinations'), 'destinations'),
		['encryption', field(site, 'encryption')],
		['retention', field(site, 'retention')],
		['expect', field(site, 'expect')],
		['anomaly', field(site, 'anomaly')],
		['drill', field(site, 'drill')],
		['checks', entries(field(site, 'drill'), 'checks')],
		['restore', field(site, 'restore')],
	];
}

/** The objects that docs/checks.md describes; what all checks have is one table. */
function objectsOfChecks(site: Field): Array<[name: string, object: Field]> {
	const field = (of: Field, name: string): Field => must(of.properties?.[name]);
	const kinds = must(must(field(site, 'checks').items).oneOf);
	const shared = ['name', 'severity', 'timeoutSeconds', 'alert', 'dependsOn'];
	const part = (of: Field, isWanted: (name: string) => boolean): Field => ({
		...of,
		properties: Object.fromEntries(Object.entries(of.properties ?? {}).filter(([name]) => isWanted(name))),
	});
	const [first] = kinds;
	return [
		['checks', part(must(first), (name) => shared.includes(name))],
		['alert', field(must(first), 'alert')],
		...kinds.map((kind): [string, Field] => [
			`checks of type ${String(field(kind, 'type').const)}`,
			part(kind, (name) => !shared.includes(name)),
		]),
		...must(must(field(site, 'maintenance').items).anyOf).map((window): [string, Field] => [
			`maintenance ${window.properties?.['start'] ? 'once' : 'each week'}`,
			window,
		]),
	];
}

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

function rowsOf({ properties = {}, required = [] }: Field): string[][] {
	const described = Object.entries(properties).filter(([name]) => name !== '$schema');
	return described.map(([name, field]) => {
		const isEmpty = field.default === '' || (Array.isArray(field.default) && field.default.length === 0);
		const fallback = field.default === undefined || isEmpty ? 'no' : `no, ${code(field.default)}`;
		const values = field.const === undefined ? (field.examples ?? field.enum ?? []) : [field.const];
		return [
			`\`${name}\``,
			required.includes(name) ? 'yes' : fallback,
			values.map(code).join(' '),
			must(field.description),
		];
	});
}

/** A Markdown table in the form prettier gives it. */
function table(rows: string[][]): string {
	const all = [HEADER, ...rows];
	const widths = HEADER.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
	const line = (cells: string[]): string =>
		`| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
	return [line(HEADER), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

describe('the published JSON Schema', () => {
	if (update) writeFileSync(schemaPath, `${JSON.stringify(siteJsonSchema(), null, '\t')}\n`);
	const published: unknown = JSON.parse(readFileSync(schemaPath, 'utf8'));
	const check = z.fromJSONSchema(JSON.parse(readFileSync(schemaPath, 'utf8')));

	it('is what the reader checks with (UPDATE_DOCS=1 writes it anew)', () => {
		expect(published).toEqual(siteJsonSchema());
	});

	it('takes and refuses the same as the reader, in all three forms', async () => {
		const site = {
			name: 'shop',
			backup: { volumes: [{ name: 'media', volume: 'shop_media' }] },
			destinations: [{ name: 'local', type: 'directory', path: '/backups' }],
		};
		const good = [
			site,
			[site],
			{ sites: [site] },
			{ $schema: './x.json', ...site },
			{ ...site, containers: ['a1'] },
		];
		const bad = [
			{ ...site, name: '../x' },
			{ ...site, name: 'con' },
			{ ...site, destinations: [] },
			{ ...site, pasword: 'x' },
			{ ...site, destinations: [{ name: 'local', type: 'ftp', path: '/backups' }] },
			{ ...site, destinations: [{ name: 'far', type: 's3', path: '/backups' }] },
			{ sites: [] },
		];
		for (const definition of good) {
			expect(check.safeParse(definition).success).toBe(true);
			await expect(readSites(definition)).resolves.toHaveLength(1);
		}
		for (const definition of bad) {
			expect(check.safeParse(definition).success).toBe(false);
			await expect(readSites(definition)).rejects.toThrow();
		}
	});
});

const site = must((siteJsonSchema() as { $defs: { site?: Field } }).$defs.site);

/** Compares a table of a page with the schema, or writes it. */
function compareTable(path: string, name: string, object: Field): void {
	const block = new RegExp(`(<!-- fields: ${name} -->\\n)[^]*?(<!-- end -->)`);
	const page = readFileSync(path, 'utf8');
	expect(page).toMatch(block);
	const written = page.replace(
		block,
		(_, start: string, end: string) => `${start}\n${table(rowsOf(object))}\n\n${end}`,
	);
	if (update) writeFileSync(path, written);
	else expect(page).toBe(written);
}

describe('docs/checks.md', () => {
	it.each(objectsOfChecks(site))(
		'describes every field of %s as the schema does (UPDATE_DOCS=1 writes it anew)',
		(name, object) => compareTable(join(docs, 'checks.md'), name, object),
	);

	it('shows checks that the reader takes', async () => {
		const page = readFileSync(join(docs, 'checks.md'), 'utf8');
		const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text]) => text ?? '');
		expect(blocks.length).toBeGreaterThan(0);
		for (const text of blocks)
			await expect(
				readCheckedSites(text.startsWith('name:') ? text : `name: shop\n${text}`),
			).resolves.toHaveLength(1);
	});
});

describe('docs/site.md', () => {
	it.each(objectsOf(site))(
		'describes every field of %s as the schema does (UPDATE_DOCS=1 writes it anew)',
		(name, object) => compareTable(pagePath, name, object),
	);

	it('shows definitions that the reader takes', async () => {
		const blocks = [...readFileSync(pagePath, 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map(
			([, text]) => text ?? '',
		);
		expect(blocks).toHaveLength(2);
		for (const text of blocks) {
			// The second one shows a part of a site.
			const whole = text.includes('name: shop') ? text : `name: shop\n${text}`;
			await expect(readSites(whole)).resolves.toHaveLength(1);
		}
	});
});

describe('the example definitions', () => {
	const files = readdirSync(examples);

	it.each(files)('%s is read and holds no address but of example.com', async (file) => {
		const path = join(examples, file);
		const sites = await readSiteFile(path);
		expect(sites.length).toBeGreaterThan(0);
		for (const { domain } of sites) expect(domain ?? 'example.com').toMatch(/(^|\.)example\.com$/);
		expect(readFileSync(path, 'utf8')).toMatch(
			/^# yaml-language-server: \$schema=\.\.\/\.\.\/site\.schema\.json\n/,
		);
		expect(readFileSync(pagePath, 'utf8')).toContain(`(examples/sites/${basename(path)})`);
	});

	it('are one for each kind of system this package is made for', () => {
		expect(files.sort()).toEqual([
			'chat-company.yaml',
			'chat-platform.yaml',
			'community-bot.yaml',
			'help-desk.yaml',
			'web-agency.yaml',
		]);
	});
});
