import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseSites, readSiteFile, readSites, SiteError, type SiteErrorCode } from '../../../src/shared';
import { Scope } from '../../support/scope';

const shop = {
	name: 'shop',
	backup: { volumes: [{ name: 'media', volume: 'shop_media' }] },
	destinations: [{ name: 'local', type: 'directory', path: '/backups' }],
};

const YAML = `name: shop
backup:
  volumes:
    - name: media
      volume: shop_media
destinations:
  - name: local
    type: directory
    path: /backups
`;

/** The error a definition is refused with. */
async function refusal(read: Promise<unknown>): Promise<SiteError> {
	const error: unknown = await read.then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	if (error instanceof SiteError) return error;
	throw new Error(`It was not refused: ${String(error)}`);
}

describe('the reader of site definitions', () => {
	it('gives the same for YAML, JSON and an object; for one site, a list and a list under "sites"', async () => {
		const expected = parseSites(shop);
		const forms = [shop, [shop], { sites: [shop] }];
		for (const form of forms) {
			await expect(readSites(form)).resolves.toEqual(expected);
			await expect(readSites(JSON.stringify(form))).resolves.toEqual(expected);
			await expect(readSites(JSON.stringify(form, null, '\t'), { format: 'json' })).resolves.toEqual(
				expected,
			);
		}
		await expect(readSites(YAML)).resolves.toEqual(expected);
		await expect(readSites(`\uFEFF${YAML}`, { format: 'yaml' })).resolves.toEqual(expected);
		await expect(readSites({ $schema: 'site.schema.json', ...shop })).resolves.toEqual(expected);
		await expect(readSites({ $schema: 'site.schema.json', sites: [shop] })).resolves.toEqual(expected);
	});

	it('takes aliases, so that sites can share a part', async () => {
		const text = `sites:\n  - ${YAML.replace('destinations:', 'destinations: &places').trim().replaceAll('\n', '\n    ')}
  - name: blog
    backup: { volumes: [{ name: media, volume: blog_media }] }
    destinations: *places\n`;
		const sites = await readSites(text);
		expect(sites.map(({ name, destinations }) => [name, destinations])).toEqual([
			['shop', shop.destinations],
			['blog', shop.destinations],
		]);
	});

	it('reports every fault of every site with its field and line', async () => {
		const text = `sites:
  - name: Shop
    backup:
      directories:
        - name: www
          path: www
    destinations:
      - name: local
        type: ftp
  - name: blog
    bakcup: 1
    destinations: []
`;
		const error = await refusal(readSites(text, { source: 'sites.yaml' }));
		expect(error.code).toBe('site_invalid');
		expect(error.faults.map(({ line, field }) => [line, field])).toEqual([
			[2, 'sites[0].name'],
			[6, 'sites[0].backup.directories[0].path'],
			[9, 'sites[0].destinations[0].type'],
			[10, 'sites[1].backup'],
			[11, 'sites[1].bakcup'],
			[12, 'sites[1].destinations'],
		]);
		expect(error.message).toMatch(
			/^sites\.yaml has 6 faults: line 2, sites\[0\]\.name: may hold only .*; write "shop"\. line 6/,
		);
	});

	it('spells out twenty faults in the message and keeps them all', async () => {
		const error = await refusal(readSites(Array.from({ length: 30 }, () => ({ ...shop, name: 'X' }))));
		expect(error.faults.length).toBeGreaterThanOrEqual(30);
		expect(error.message).toMatch(/and \d+ more\.$/);
		expect(error.message.length).toBeLessThan(6000);
	});

	it.each<[string, unknown, SiteErrorCode, string]>([
		['an empty text', '', 'site_none', 'names no site'],
		['a comment alone', '# nothing yet', 'site_none', 'names no site'],
		['an empty list', [], 'site_none', 'names no site'],
		['an empty list under "sites"', { sites: [] }, 'site_none', 'names no site'],
		['nothing at all', undefined, 'site_none', 'names no site'],
		['a number', 3, 'site_invalid', 'must be a site'],
		['a sentence', 'back up everything', 'site_invalid', 'must be a site'],
		['a list in a list', [[shop]], 'site_invalid', '[0]: must be an object with fields, not a list'],
		['no list under "sites"', { sites: shop }, 'site_invalid', 'sites: must be a list'],
		[
			'a field beside "sites"',
			{ sites: [shop], owner: 'x' },
			'site_invalid',
			'owner: must not stand beside "sites"',
		],
		['too many sites', Array.from({ length: 1001 }, () => shop), 'site_invalid', 'at most 1000 entries'],
		['a field that stands twice', `${YAML}name: blog\n`, 'site_syntax', '(line 10): this field stands twice'],
		[
			'a field that stands twice in JSON',
			'{"name": "a",\n"name": "b"}',
			'site_syntax',
			'(line 2): this field stands twice',
		],
		[
			'a field that stands twice in two spellings',
			'{"name": "a",\n"n\\u0061me": "b"}',
			'site_syntax',
			'stands twice',
		],
		['two documents', `${YAML}---\n${YAML}`, 'site_syntax', '(line 10): a second document begins'],
		['a tab to indent', 'backup:\n\tvolumes: []', 'site_syntax', '(line 2): a tab is used to indent'],
		['an open bracket', 'name: [a\n', 'site_syntax', 'a bracket is not closed'],
		['an open quote', 'name: "a\n', 'site_syntax', 'a closing quote'],
		['broken JSON', '{"name": "a",\n"owner": "b"\n"domain"}', 'site_syntax', '(line 3)'],
		['a tag', 'name: !!js/function x', 'site_syntax', '(line 1): tags (!name) are not known'],
		['an alias of nothing', 'name: *x', 'site_syntax', 'has no anchor'],
		['a field that is not a text', '? [a]\n: b', 'site_syntax', '(line 1)'],
		['open brackets that exhaust the stack', '['.repeat(200_000), 'site_syntax', 'nested too deeply'],
		['objects that exhaust the stack', '{a: '.repeat(200_000), 'site_syntax', 'nested too deeply'],
		['lists that exhaust the stack', '- '.repeat(200_000), 'site_syntax', 'nested too deeply'],
		[
			'JSON that exhausts the stack',
			`{"sites": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
			'site_invalid',
			'sites[0]: must be an object',
		],
		['a text of more than 1 MiB', `# ${'é'.repeat(524_288)}`, 'site_too_large', 'at most 1048576 bytes'],
	])('refuses %s', async (_, input, code, reason) => {
		const error = await refusal(readSites(input));
		expect(error).toMatchObject({
			code,
			message: expect.stringContaining(reason),
			remedy: expect.stringMatching(/\.$/),
		});
	});

	it('refuses aliases that multiply to gigabytes, quickly', async () => {
		const levels = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
		for (let level = 1; level < 12; level++) {
			const [name, above] = [level, level - 1].map((index) => String.fromCharCode(97 + index));
			levels.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${above}`).join(',')}]`);
		}
		const started = performance.now();
		const error = await refusal(readSites(levels.join('\n')));
		expect(error.message).toContain('aliases (*name) repeat too much');
		expect(performance.now() - started).toBeLessThan(5000);
	});

	it('never quotes the text, which may hold a secret by mistake', async () => {
		const secret = 'hunter2-hunter2';
		const texts = [
			`password: ${secret}\nname: [`,
			`password: "${secret}`,
			`password: "a" ${secret}`,
			`"${secret}"\nname: x`,
			`%${secret}\n---\nname: "${secret}\\q"`,
			`{"password": "${secret}", "name": ${secret}}`,
			`{"password": ${secret}`,
			`name: shop\nbackup: ${secret}\nowner: ["${secret}"]\npassword: ${secret}`,
		];
		for (const text of texts) {
			for (const format of ['yaml', 'json', undefined] as const) {
				const error = await refusal(readSites(text, { format }));
				const told = `${error.message} ${error.remedy} ${JSON.stringify(error.faults)}`;
				expect(told).not.toContain(secret);
			}
		}
	});

	it('reads YAML 1.2: words such as "no" and "on" stay text', async () => {
		await expect(readSites(YAML.replace('name: shop', 'name: no'))).resolves.toMatchObject([{ name: 'no' }]);
	});

	it('refuses YAML where JSON is asked for', async () => {
		await expect(refusal(readSites(YAML, { format: 'json' }))).resolves.toMatchObject({
			code: 'site_syntax',
			faults: [{ problem: 'is not valid JSON' }],
		});
	});
});

describe('the reader of site files', () => {
	let scope: Scope;
	beforeAll(async () => {
		scope = await Scope.open('site-files');
	});
	afterAll(() => scope.close());

	const file = (name: string, content: string | Buffer): string => {
		writeFileSync(scope.path(name), content);
		return scope.path(name);
	};

	it('goes by the ending of the name', async () => {
		for (const path of [
			file('site.yaml', YAML),
			file('site.YML', YAML),
			file('site.json', JSON.stringify(shop)),
			file('site', YAML),
			file('site.conf', JSON.stringify(shop)),
		]) {
			await expect(readSiteFile(path)).resolves.toEqual(parseSites(shop));
		}
		const error = await refusal(readSiteFile(file('wrong.json', YAML)));
		expect(error.message).toContain('wrong.json cannot be read as YAML or JSON: is not valid JSON');
	});

	it('says why a file cannot be read', async () => {
		mkdirSync(scope.path('folder'));
		execFileSync('mkfifo', [scope.path('pipe')]);
		const cases: Array<[path: string, reason: string]> = [
			[scope.path('missing.yaml'), 'there is no such file'],
			[scope.path('site.yaml/x'), 'ENOTDIR'],
			[scope.path('folder'), 'it is not a file'],
			[scope.path('pipe'), 'it is not a file'],
			['/dev/zero', 'it is not a file'],
			[file('latin1.yaml', Buffer.from('name: caf\xe9', 'latin1')), 'not UTF-8'],
		];
		for (const [path, reason] of cases) {
			const error = await refusal(readSiteFile(path));
			expect(error).toMatchObject({ code: 'site_file_unreadable', message: expect.stringContaining(reason) });
			expect(error.message).toContain(path);
		}
	});

	it('refuses a file that is too large, also one whose size is told too small', async () => {
		const large = file('large.yaml', '#'.repeat(1_048_577));
		await expect(refusal(readSiteFile(large))).resolves.toMatchObject({ code: 'site_too_large' });
		await expect(refusal(readSiteFile('/proc/kallsyms'))).resolves.toMatchObject({ code: 'site_too_large' });
	});
});
