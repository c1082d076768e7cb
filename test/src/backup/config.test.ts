import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite, listSite, planRestore, restoreSite, verifySite } from '../../../src/backup';
import { parseSites, type Site } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { errorOf, listTree } from './stand';

let scope: Scope;
let stack: string;
let backups: string;
beforeAll(async () => {
	scope = await Scope.open('configs');
});
afterAll(() => scope.close());
beforeEach(() => {
	[stack, backups] = [scope.emptyFolder(), scope.emptyFolder()];
	writeFileSync(`${stack}/compose.yaml`, 'services: { web: { image: web, env_file: [web.env] } }\n');
	writeFileSync(`${stack}/.env`, 'DB_PASSWORD=hunter2\n');
	writeFileSync(`${stack}/web.env`, 'MODE=production\n');
});

const siteWith = (paths: string[], more: Record<string, unknown> = {}): Site => {
	const [site] = parseSites({
		name: 'shop',
		backup: { configs: [{ name: 'stack', paths, secrets: 'plain' }] },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
		...more,
	});
	if (!site) throw new Error('The site was not read.');
	return site;
};
const all = () => ['compose.yaml', '.env', 'web.env'].map((name) => join(stack, name));
const warningsOf = async (paths: string[]): Promise<string[]> => {
	const { artefacts } = await backUpSite(siteWith(paths), {});
	return (artefacts[0]?.warnings ?? []).map((text) => text.replaceAll(stack, ''));
};
const restored = async (site: Site): Promise<string> => {
	const to = join(scope.emptyFolder(), 'restored');
	await restoreSite(
		site,
		{},
		{ restorePoint: 'latest', artefacts: ['config-stack'], to: { 'config-stack': to } },
	);
	return to;
};

test('BK-37: .env and Compose files are refused without encryption, before anything is done', async () => {
	const configs = [{ name: 'stack', paths: all() }];
	const attempt = backUpSite(siteWith([], { backup: { configs } }), {});
	expect(await errorOf(attempt)).toMatchObject({
		code: 'encryption_required',
		message: expect.stringContaining('"stack" of the site "shop" may hold passwords'),
	});
	expect(listTree(backups)).toEqual([]);
});

test('BK-37: encrypted, they are stored, and age, zstd and tar read them', async () => {
	const keys = execFileSync('age-keygen', { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
	const [recipient = ''] = /age1\w+/.exec(keys) ?? [];
	const configs = [{ name: 'stack', paths: all() }];
	const site = siteWith([], { backup: { configs }, encryption: { recipients: [recipient] } });
	const { id, status } = await backUpSite(site, {});
	expect(status).toBe('ok');
	const file = join(backups, 'shop', id, 'config-stack.tar.zst.age');
	expect(readFileSync(file).includes('hunter2')).toBe(false);
	const key = join(scope.emptyFolder(), 'key');
	writeFileSync(key, keys);
	const said = execFileSync('sh', [
		'-c',
		'age -d -i "$1" "$2" | zstd -dc | tar -xOf - --wildcards "*/.env"',
		'sh',
		key,
		file,
	]);
	expect(said.toString()).toBe('DB_PASSWORD=hunter2\n');
});

test('BK-37: a Caddyfile that is a link is kept as a link, with what it leads to', async () => {
	const shared = scope.emptyFolder();
	writeFileSync(`${shared}/Caddyfile.live`, 'shop.example.com\n');
	symlinkSync('Caddyfile.live', `${shared}/current`);
	symlinkSync(`${shared}/current`, `${stack}/Caddyfile`);
	const site = siteWith([`${stack}/Caddyfile`]);
	expect(await backUpSite(site, {})).toMatchObject({ status: 'ok' });
	const to = await restored(site);
	const links = execFileSync('find', ['.', '-type', 'l', '-printf', '%P -> %l\n'], { cwd: to }).toString();
	expect(links.split('\n').filter(Boolean).sort()).toEqual(
		[`files${stack}/Caddyfile -> ${shared}/current`, `files${shared}/current -> Caddyfile.live`].sort(),
	);
	expect(readFileSync(`${to}/files${shared}/Caddyfile.live`, 'utf8')).toBe('shop.example.com\n');
});

test('BK-37: what a Compose file includes, extends or reads is told when it is not kept', async () => {
	writeFileSync(
		`${stack}/compose.yaml`,
		`include: [other.yaml, { path: [a.yaml, ./b/../b.yaml], env_file: inc.env }]
services:
  web: { extends: { file: base.yml, service: web }, env_file: web.env }
  db: { env_file: [{ path: '\${STAGE}.env' }, absent.env] }
secrets: { password: { file: ./secret.txt } }
`,
	);
	expect(await warningsOf([`${stack}/compose.yaml`, `${stack}/web.env`])).toEqual(
		[
			['/other.yaml', 'include'],
			['/a.yaml', 'include'],
			['/b.yaml', 'include'],
			['/inc.env', 'include'],
			['/base.yml', 'extends'],
			['/absent.env', 'env_file'],
			['/secret.txt', 'secrets'],
		]
			.map(([path, field]) => `/compose.yaml: takes ${path} (${field}), which is not among the paths`)
			.concat(
				'/compose.yaml: takes ${STAGE}.env (env_file), and it is unknown whether that is among the paths',
				'/compose.yaml: takes /.env, which is not among the paths',
			),
	);
});

test('BK-37: files that are empty, missing, broken or too large are told, and the others kept', async () => {
	writeFileSync(`${stack}/Caddyfile`, '');
	writeFileSync(`${stack}/huge.conf`, Buffer.alloc(5 * 1024 * 1024));
	writeFileSync(`${stack}/compose.yaml`, 'services: {\n');
	symlinkSync('nowhere', `${stack}/dangling`);
	symlinkSync('loop', `${stack}/loop`);
	const names = ['Caddyfile', 'gone.conf', 'huge.conf', 'compose.yaml', '.env', 'dangling', 'loop'];
	const warnings = await warningsOf(names.map((name) => join(stack, name)));
	expect(warnings).toEqual([
		'/Caddyfile: is empty',
		'/gone.conf: does not exist',
		'/huge.conf: is larger than 4 MiB and no configuration',
		'/dangling: is a link to /nowhere, which does not exist',
		expect.stringMatching(/^\/compose\.yaml: cannot be read as YAML, so what it includes is unknown: /),
	]);
});

test('a folder is kept with everything in it, and the files its links lead to', async () => {
	mkdirSync(`${stack}/nginx/enabled`, { recursive: true });
	mkdirSync(`${stack}/available`);
	writeFileSync(`${stack}/available/shop`, 'server {}');
	symlinkSync('../../available/shop', `${stack}/nginx/enabled/shop`);
	const site = siteWith([`${stack}/nginx`]);
	expect(await backUpSite(site, {})).toMatchObject({ status: 'ok', artefacts: [{ warnings: [] }] });
	const to = await restored(site);
	expect(readFileSync(`${to}/files${stack}/nginx/enabled/shop`, 'utf8')).toBe('server {}');
});

test('the same files give the same bytes', async () => {
	const hashes: (string | undefined)[] = [];
	for (const paths of [all(), all().reverse()]) {
		hashes.push((await backUpSite(siteWith(paths), {})).artefacts[0]?.sha256);
	}
	expect(hashes[0]).toBe(hashes[1]);
});

test('they are listed, verified, and restored into a folder that is given; a restore of everything leaves them out', async () => {
	const www = scope.emptyFolder();
	writeFileSync(`${www}/index.html`, 'shop');
	const configs = [{ name: 'stack', paths: all(), secrets: 'plain' }];
	const directories = [{ name: 'www', path: www }];
	const site = siteWith([], { backup: { directories, configs } });
	await backUpSite(site, {});
	expect(await listSite(site, {}, {})).toMatchObject({
		restorePoints: [
			{ state: 'ok', artefacts: [{ name: 'files-www' }, { name: 'config-stack', kind: 'config' }] },
		],
	});
	expect(await verifySite(site, {}, { restorePoint: 'latest' })).toMatchObject({ ok: true });
	expect(await planRestore(site, {}, { restorePoint: 'latest', overwrite: true })).toMatchObject({
		ok: true,
		leftOut: ['config-stack'],
	});
	expect(await restoreSite(site, {}, { restorePoint: 'latest', overwrite: true })).toMatchObject({
		artefacts: [{ name: 'files-www' }],
		leftOut: ['config-stack'],
	});
	const alone = restoreSite(site, {}, { restorePoint: 'latest', artefacts: ['config-stack'] });
	expect(await errorOf(alone)).toMatchObject({
		code: 'target_refused',
		remedy: expect.stringContaining('a folder'),
	});
	const to = await restored(site);
	expect(readFileSync(`${to}/files${stack}/.env`, 'utf8')).toBe('DB_PASSWORD=hunter2\n');
});

test('a configuration of which nothing is there fails', async () => {
	const { status, artefacts } = await backUpSite(siteWith([`${stack}/none`, `${stack}/other`]), {});
	expect([status, artefacts[0]?.problem?.code]).toEqual(['failed', 'source_missing']);
	expect(readdirSync(join(backups, 'shop'))).toEqual([]);
});

test('what cannot be meant is refused when the site is read', () => {
	const read =
		(config: object, more: object = {}) =>
		() =>
			siteWith([], { backup: { configs: [{ name: 'a', ...config }] }, ...more });
	expect(read({})).toThrow(/backup\.configs\[0\]: names nothing to keep/);
	expect(read({ inspect: true })).toThrow(/backup\.configs\[0\]\.inspect: means all containers of the site/);
	expect(read({ inspect: true }, { containers: ['shop-web'] })).not.toThrow();
	expect(read({ paths: ['relative'] })).toThrow(/must be absolute/);
});
