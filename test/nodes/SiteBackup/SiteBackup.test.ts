import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Scope } from '../../support/scope';
import { askTool, fromDefinition, runNode, sampleSite, type, type SampleSite } from './site-runner';

let scope: Scope;
let shop: SampleSite;

beforeAll(async () => {
	scope = await Scope.open('site-backup');
	shop = sampleSite(scope, 'shop');
});

afterAll(() => scope?.close());

/** Name and content of every file below a folder. */
function contentOf(folder: string): Record<string, string> {
	const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
		entry.isFile(),
	);
	return Object.fromEntries(
		files.map(({ parentPath, name }) => {
			const path = join(parentPath, name);
			return [path.slice(folder.length), readFileSync(path, 'utf8')];
		}),
	);
}

/** A second backup that is asked for while the first holds the lock; the first is held up by a slow tree. */
const backUp = async (site: SampleSite) => {
	const [report] = (await runNode(fromDefinition('backUp', site.definition))).json('Backup');
	return String(report?.['id']);
};

test('a site is backed up, listed, verified, and restored after it was destroyed', async () => {
	const before = contentOf(shop.source);
	writeFileSync(join(shop.source, 'access.log'), 'left out');
	const run = await runNode(fromDefinition('backUp', shop.definition));
	expect(run.json('Backup')).toEqual([
		expect.objectContaining({ site: 'shop', status: 'ok', id: shop.restorePoints()[0] }),
	]);
	const [report] = run.json('Backup');

	const listed = (await runNode(fromDefinition('list', shop.definition))).json('Backup');
	expect(listed).toEqual([
		expect.objectContaining({ site: 'shop', destination: 'local', id: report?.['id'], state: 'ok' }),
	]);

	const restorePoint = '={{ $json.id }}';
	const verified = await runNode(fromDefinition('verify', shop.definition, { restorePoint }), {}, [
		{ json: { id: report?.['id'] ?? '' } },
	]);
	expect(verified.json('Backup')).toEqual([expect.objectContaining({ site: 'shop', ok: true })]);

	rmSync(shop.source, { recursive: true });
	const restored = await runNode(fromDefinition('restore', shop.definition));
	expect(restored.json('Backup')).toEqual([
		expect.objectContaining({
			id: report?.['id'],
			artefacts: [expect.objectContaining({ name: 'files-www' })],
		}),
	]);
	expect(contentOf(shop.source)).toEqual(before);
});

describe('Restore', () => {
	let site: SampleSite;

	beforeAll(async () => {
		site = sampleSite(scope, 'blog');
		await backUp(site);
	});

	test('leaves what is there alone without "Overwrite" and keeps it beside with it', async () => {
		writeFileSync(join(site.source, 'index.html'), 'newer');
		const refused = await runNode(fromDefinition('restore', site.definition));
		expect(refused.error?.message).toMatch(/not empty/);
		for (const overwrite of ['yes', '={{ "true" }}', 1]) {
			const unclear = await runNode(fromDefinition('restore', site.definition, { options: { overwrite } }));
			expect(unclear.error?.message).toMatch(/not empty/);
		}
		expect(readFileSync(join(site.source, 'index.html'), 'utf8')).toBe('newer');
		const run = await runNode(fromDefinition('restore', site.definition, { options: { overwrite: true } }));
		const [{ previous } = { previous: '' }] = (run.json('Backup')[0]?.['artefacts'] ?? []) as {
			previous: string;
		}[];
		expect(readFileSync(join(site.source, 'index.html'), 'utf8')).toBe('<h1>blog</h1>');
		expect(readFileSync(join(previous, 'index.html'), 'utf8')).toBe('newer');
	});

	test('puts the chosen artefacts where "Targets" says', async () => {
		const to = scope.path('elsewhere');
		const run = await runNode(
			fromDefinition('restore', site.definition, {
				artefacts: 'files-www',
				options: { targets: { target: [{ artefact: 'files-www', to }] }, destination: 'local' },
			}),
		);
		expect(run.json('Backup')).toEqual([expect.objectContaining({ destination: 'local' })]);
		expect(contentOf(to)['/index.html']).toBe('<h1>blog</h1>');
	});

	test.each([
		['an artefact that is not there', { artefacts: 'files-ww' }, /files-www/],
		['artefacts that are no names', { artefacts: '={{ ({ a: 1 }) }}' }, /"Artefacts" is not a list of names/],
		[
			'a target without a place',
			{ options: { targets: { target: [{ artefact: 'files-www', to: ' ' }] } } },
			/An entry of "Targets" is incomplete/,
		],
		[
			'two targets for an artefact',
			{
				options: {
					targets: {
						target: [
							{ artefact: 'files-www', to: '/srv/a' },
							{ artefact: 'files-www', to: '/srv/b' },
						],
					},
				},
			},
			/An entry of "Targets" names "files-www" twice/,
		],
		['another restore point', { restorePoint: '20200101T000000Z-000000' }, /20200101T000000Z-000000/],
		['another destination', { options: { destination: 'elsewhere' } }, /elsewhere/],
	])('refuses %s', async (_case, more, text) => {
		const { error } = await runNode(fromDefinition('restore', site.definition, more));
		expect(`${error?.message} ${error?.description}`).toMatch(text);
	});

	test('takes one site at a time', async () => {
		const { error } = await runNode(fromDefinition('restore', [site.definition, shop.definition]));
		expect(error).toMatchObject({
			message: 'The site definition names 2 sites: "blog", "shop".',
			description: expect.stringContaining('give one site') as string,
		});
	});
});

describe('as a tool of an AI agent', () => {
	let site: SampleSite;

	beforeAll(async () => {
		site = sampleSite(scope, 'tool');
		expect(await askTool(fromDefinition('backUp', site.definition))).toContain('Backed up');
	});

	test('List and Verify work', async () => {
		expect(await askTool(fromDefinition('list', site.definition))).toContain(site.restorePoints()[0]);
		expect(await askTool(fromDefinition('verify', site.definition))).toContain('"ok\\":true');
	});

	test('Restore is refused unless a person has allowed it with a literal switch', async () => {
		const options = { overwrite: true };
		const restore = (more: object) =>
			askTool(fromDefinition('restore', site.definition, { options, ...more }));
		writeFileSync(join(site.source, 'index.html'), 'newer');
		for (const allowDestructive of [
			undefined,
			false,
			'={{ true }}',
			'={{ $fromAI("allow", "", "boolean") }}',
		]) {
			expect(await restore(allowDestructive === undefined ? {} : { allowDestructive })).toContain(
				'As a tool, \\"restore\\" is not allowed.',
			);
			expect(readFileSync(join(site.source, 'index.html'), 'utf8')).toBe('newer');
		}
		await restore({ allowDestructive: true });
		expect(readFileSync(join(site.source, 'index.html'), 'utf8')).toBe('<h1>tool</h1>');
	});
});

test('the codex file has the sections n8n asks for, and both icons exist', () => {
	const folder = join(__dirname, '../../../nodes/SiteBackup');
	const codex: unknown = JSON.parse(readFileSync(join(folder, 'SiteBackup.node.json'), 'utf8'));
	expect(codex).toMatchObject({
		node: type,
		resources: expect.any(Object) as object,
		alias: expect.arrayContaining(['backup', 'restore']) as string[],
	});
	for (const icon of ['siteBackup.svg', 'siteBackup.dark.svg']) {
		expect(readFileSync(join(folder, icon), 'utf8')).toMatch(/^<svg/);
	}
});
