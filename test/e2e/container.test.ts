import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';

import { startEngine, type TestEngine } from '../support/engine';
import { imageTag, loadImages } from '../support/images/images';
import { startContainerisedN8n, type ContainerisedN8n } from '../support/n8n/container';
import { dockerWorkflow, siteBackupWorkflow } from '../support/n8n/sample-workflows';
import { poll } from '../support/n8n/poll';
import { Scope } from '../support/scope';

let scope: Scope;
let engine: TestEngine;
let n8n: ContainerisedN8n;

beforeAll(async () => {
	scope = await Scope.open('e2e-container');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['web', 'tools', 'postgres']);
	n8n = await startContainerisedN8n(scope, engine);
}, 300_000);

afterAll(() => scope?.close());

const credential = (host: string, accessLevel: string) =>
	n8n.client.createCredential(`${host} ${accessLevel}`, 'dockerApi', {
		connectionType: 'tcp',
		host,
		port: 2375,
		accessLevel,
		allowedContainers: 'shop-*',
		timeoutSeconds: 15,
	});

/** What n8n's own container gets from the proxy, one status line for each request. */
async function askProxy(requests: ['GET' | 'POST', string][]): Promise<string[]> {
	const script = requests.map(([method, path]) => {
		const request = `${method} ${path} HTTP/1.1\\r\\nHost: docker-proxy\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n`;
		return `printf '%b' '${request}' | nc docker-proxy 2375 | head -n 1`;
	});
	const answers = await engine.cli('exec', n8n.container, 'sh', '-c', script.join('; '));
	return answers.split(/\r?\n/);
}

test('a workflow of an n8n in a container restarts a real container through the filtering proxy', async () => {
	const shop = await engine.docker.createContainer({ name: 'shop-web', Image: imageTag('web') });
	await shop.start();
	const before = (await shop.inspect()).State.StartedAt;
	const workflow = await n8n.client.importWorkflow(
		dockerWorkflow('restart', 'restart-shop', await credential('docker-proxy', 'control')),
	);
	await n8n.client.activate(workflow.id);
	const answer = await n8n.client.callWebhook('restart-shop', { body: { name: 'shop-web' } });
	expect(answer).toMatchObject({ status: 200, json: { changed: true, name: 'shop-web', state: 'running' } });
	expect((await shop.inspect()).State.StartedAt).not.toBe(before);

	const refused = await n8n.client.callWebhook('restart-shop', { body: { name: 'desk_docker-proxy_1' } });
	expect(refused.status).toBe(500);
	const execution = await n8n.client.waitForExecution({ workflowId: workflow.id, status: 'error' });
	expect(JSON.stringify(execution)).toContain('does not cover the container');
});

test('n8n runs as user 1000 within 1 GB and sees neither the socket nor a host path beside its volume', async () => {
	const inside = (...command: string[]) => engine.cli('exec', n8n.container, ...command);
	expect(await inside('id', '-u')).toBe('1000');
	expect(await inside('sh', '-c', 'ls /var/run/docker.sock 2>&1 || true')).toContain('No such file');
	const [details] = JSON.parse(await engine.cli('inspect', n8n.container)) as {
		HostConfig: { Memory: number };
		Mounts: { Destination: string; RW: boolean }[];
	}[];
	expect(details?.HostConfig.Memory).toBe(1024 ** 3);
	expect(details?.Mounts.filter(({ RW }) => RW).map(({ Destination }) => Destination)).toEqual([
		'/home/node/.n8n',
	]);
});

test('the proxy passes what is listed and refuses everything else', async () => {
	const id = '0'.repeat(64);
	const passed = await askProxy([
		['GET', '/_ping'],
		['GET', '/v1.41/version'],
		['GET', '/v1.41/containers/json?all=true'],
		['GET', '/v1.41/info'],
		['GET', '/v1.41/volumes'],
		['POST', `/v1.41/containers/${id}/restart`],
	]);
	expect(passed).toEqual([
		...Array.from({ length: 5 }, () => expect.stringContaining(' 200')),
		expect.stringContaining(' 404'),
	]);
	const refused: ['GET' | 'POST', string][] = [
		['POST', `/v1.41/containers/shop-web/update`],
		['POST', `/v1.41/containers/shop-web/exec`],
		['POST', `/v1.41/containers/${id}/resize`],
		['POST', '/v1.41/volumes/prune'],
		['POST', '/v1.41/containers/prune'],
		['POST', '/v1.41/images/prune'],
		['POST', '/v1.41/images/load'],
		['POST', '/v1.41/commit?container=x'],
		['POST', '/v1.41/build'],
		['POST', '/v1.41/swarm/init'],
		['POST', '/v1.41/plugins/pull'],
		['GET', '/v1.41/secrets'],
		['GET', '/v1.41/images/x/get'],
		['GET', '/v1.41/containers/x/export'],
		['GET', '/v1.41/exec/zz/json'],
		['POST', '/v1.41/containers/json'],
		['POST', '/v1.41/info'],
		['POST', `/v1.41/containers/x/../create/start`],
		['POST', '/v1.41/containers/x%2f..%2fcreate/restart'],
		['GET', '/v1.41/containers/x/archive?path=/'],
		['GET', '/v1.41/images/x/../../secrets/json'],
		['GET', '/v1.41/images/x/%2e%2e/json'],
		['GET', '/v1.41/containers/x/json/../../../secrets'],
		['GET', '//containers/json'],
	];
	const answers = (await askProxy(refused)).map((answer, index) => `${refused[index]?.[1]} ${answer}`);
	expect(answers.filter((answer) => !answer.includes(' 403'))).toEqual([]);
	expect(answers).toHaveLength(refused.length);
});

test('the credential test tells what is permitted, and what is wrong when the proxy is not found', async () => {
	const { client } = n8n;
	expect(await client.testCredential(await credential('docker-proxy', 'read'))).toEqual({
		status: 'OK',
		message: expect.stringMatching(
			/^Connected to Docker .* Permitted: look only; containers shop-\* \(\d containers? now\)\.$/,
		),
	});
	expect(await client.testCredential(await credential('dockerproxy', 'read'))).toEqual({
		status: 'Error',
		message: expect.stringMatching(/host of tcp:\/\/dockerproxy:2375 is not known by name\. .*service name/),
	});
});

test('BK-35: n8n knows its own container and the way to the engine, and stops neither for a backup', async () => {
	const { docker } = engine;
	const backups = scope.path('own-backups');
	mkdirSync(backups);
	await docker.createVolume({ Name: 'desk_notes' });
	const names = [n8n.container, 'desk_docker-proxy_1'];
	const dockerApi = await n8n.client.createCredential('own', 'dockerApi', {
		connectionType: 'tcp',
		host: 'docker-proxy',
		port: 2375,
		accessLevel: 'full',
		allowedContainers: '*',
		allowedVolumes: '*',
		allowedHostPaths: backups,
		timeoutSeconds: 30,
	});
	const site = {
		name: 'desk',
		containers: names,
		consistency: 'stop',
		backup: { volumes: [{ name: 'notes', volume: 'desk_notes' }] },
		destinations: [{ name: 'host', type: 'engine', path: backups }],
	};
	const started = async () =>
		await Promise.all(names.map(async (name) => (await docker.getContainer(name).inspect()).State.StartedAt));
	const before = await started();
	const { id } = await n8n.client.importWorkflow(
		siteBackupWorkflow('backUp', 'back-up-own', site, dockerApi),
	);
	await n8n.client.activate(id);
	expect((await n8n.client.callWebhook('back-up-own', { body: {} })).status).toBe(500);
	const execution = JSON.stringify(await n8n.client.waitForExecution({ workflowId: id, status: 'error' }));
	expect(execution).toContain("(it is n8n's own container)");
	expect(execution).toContain('(the container engine is reached through it)');
	expect(await started()).toEqual(before);
	expect(readdirSync(backups)).toEqual([]);
});

test('a site is backed up to a path of the host, proved, destroyed and restored, all through the proxy', async () => {
	const { cli, docker } = engine;
	const folders = { backups: scope.path('backups'), www: scope.path('www') };
	for (const folder of Object.values(folders)) mkdirSync(folder);
	await docker.createVolume({ Name: 'shop_media' });
	const media = scope.path('engine/data/volumes/shop_media/_data');
	execFileSync('sh', ['-c', 'head -c 20000000 /dev/urandom > "$0/photo"; echo hello > "$0/page"', media]);
	execFileSync('sh', ['-c', 'echo host > "$0/index.html"', folders.www]);
	const database = await docker.createContainer({
		name: 'shop-db',
		Image: imageTag('postgres'),
		Env: ['POSTGRES_PASSWORD=unused', 'POSTGRES_DB=shop'],
	});
	await database.start();
	const psql = (sql: string, at = 'shop') =>
		cli('exec', 'shop-db', 'psql', '-U', 'postgres', '-d', at, '-Atqc', sql);
	await poll(30_000, async () => {
		const { State } = await database.inspect();
		return State.Health?.Status === 'healthy' ? true : undefined;
	});
	await psql('create table orders as select i, md5(i::text) from generate_series(1, 50000) i');
	const rows = () => psql("select count(*) || md5(string_agg(orders::text, '' order by i)) from orders");
	const tree = () =>
		execFileSync(
			'sh',
			[
				'-c',
				'cd "$0" && { find . -printf "%P %m %U %G %s %T@\\n"; find . -type f -exec sha256sum {} +; } | sed "s/\\.[0-9]\\{10\\}$//" | sort',
				media,
			],
			{
				encoding: 'utf8',
			},
		);
	const site = {
		name: 'shop',
		backup: {
			directories: [{ name: 'www', path: folders.www, via: 'engine' }],
			volumes: [{ name: 'media', volume: 'shop_media' }],
			databases: [{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'shop' }],
		},
		destinations: [{ name: 'host', type: 'engine', path: folders.backups }],
	};
	const dockerApi = await n8n.client.createCredential('backup', 'dockerApi', {
		connectionType: 'tcp',
		host: 'docker-proxy',
		port: 2375,
		accessLevel: 'full',
		allowedContainers: 'shop-*',
		allowedVolumes: 'shop_*',
		allowedHostPaths: `${folders.backups}, ${folders.www}`,
		timeoutSeconds: 30,
	});
	expect((await n8n.client.testCredential(dockerApi)).status).toBe('OK');
	const call = async (operation: string) => {
		const workflow = siteBackupWorkflow(operation, `${operation}-shop`, site, dockerApi);
		const { id } = await n8n.client.importWorkflow(workflow);
		await n8n.client.activate(id);
		const answer = await n8n.client.callWebhook(`${operation}-shop`, { body: {} });
		if (answer.status !== 200) {
			const execution = await n8n.client.waitForExecution({ workflowId: id, status: 'error' });
			throw new Error(JSON.stringify(execution).slice(0, 5000));
		}
		return answer.json;
	};
	const before = { tree: tree(), rows: await rows() };
	expect(await call('backUp')).toMatchObject({ site: 'shop', status: 'ok' });
	expect(await call('verify')).toMatchObject({ ok: true });
	const [restorePoint = ''] = readdirSync(`${folders.backups}/shop`);
	expect(readdirSync(`${folders.backups}/shop/${restorePoint}`).sort()).toEqual([
		'db-shop.dump.zst',
		'files-www.tar.zst',
		'manifest.json',
		'verified.json',
		'volume-media.tar.zst',
	]);

	await docker.getVolume('shop_media').remove();
	execFileSync('sh', ['-c', 'rm "$0"/*', folders.www]);
	await psql('drop database shop', 'postgres');
	expect(await call('restore')).toMatchObject({ site: 'shop', artefacts: [{}, {}, {}] });
	expect({ tree: tree(), rows: await rows() }).toEqual(before);
	expect(readdirSync(folders.www)).toEqual(['index.html']);
	const helpers = await docker.listContainers({ all: true, filters: { label: ['opsdesk.helper'] } });
	expect(helpers).toEqual([]);
});
