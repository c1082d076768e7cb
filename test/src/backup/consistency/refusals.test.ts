import { hostname } from 'node:os';

import { backUpSite } from '../../../../src/backup';
import { managedContainer } from '../../../../src/docker/managed';
import { parseConnection, protectedContainers } from '../../../../src/docker';
import { imageTag } from '../../../support/images/images';
import { failureOf, filesIn } from '../engine-stand';
import { useQuietStand } from '../quiet-stand';

const stand = useQuietStand('refusals');

/** Gives the image of the containers a further name. */
async function tag(repo: string, name: string): Promise<void> {
	await stand.engine.docker.getImage(imageTag('tools')).tag({ repo, tag: name });
}

async function refusal(more: Parameters<typeof stand.site>[0]) {
	const site = stand.site(more);
	const error = await failureOf(backUpSite(site, stand.context()));
	// Before anything is done: not even a folder is made.
	expect(
		filesIn(site.destinations.map((destination) => ('path' in destination ? destination.path : ''))[0] ?? ''),
	).toEqual([]);
	expect(await stand.actions()).toEqual([]);
	return error;
}

test('BK-35: what the site or a label protects is refused with the reason, before anything is done', async () => {
	await stand.run('shop-web');
	await stand.run('shop-mail', { Labels: { 'opsdesk.protected': 'true' } });
	await stand.run('shop-db', { Labels: { 'opsdesk.backup.pause': 'true' } });
	const error = await refusal({
		containers: ['shop-web', 'shop-mail', 'shop-db'],
		consistency: 'stop',
		protected: ['shop-db'],
	});
	expect(error).toMatchObject({
		code: 'container_protected',
		message:
			'Containers that must go on running would be paused or stopped: "shop-mail" (it carries the label opsdesk.protected=true), "shop-db" (the site definition protects it). Nothing was done.',
		remedy: expect.stringContaining('consistency.containers'),
	});
	expect(await stand.states('shop-web', 'shop-mail', 'shop-db')).toEqual({
		'shop-web': 'running',
		'shop-mail': 'running',
		'shop-db': 'running',
	});
});

test('BK-35: containers with the image of n8n are refused, unless their label gives them free', async () => {
	await tag('docker.n8n.io/n8nio/n8n', '2.41.1');
	const Image = 'docker.n8n.io/n8nio/n8n:2.41.1';
	await stand.run('shop-n8n', { Image });
	expect(await refusal({ containers: ['shop-n8n'], consistency: 'stop' })).toMatchObject({
		code: 'container_protected',
		message: expect.stringContaining('"shop-n8n" (n8n runs in it'),
	});
	await stand.run('shop-customer', { Image, Labels: { 'opsdesk.protected': 'false' } });
	const report = await backUpSite(
		stand.site({ containers: ['shop-customer'], consistency: 'pause' }),
		stand.context(),
	);
	expect(report).toMatchObject({ status: 'ok' });
});

describe('BK-35: found by what n8n itself uses', () => {
	const connection = () => parseConnection({ ...stand.credential, allowedContainers: '*' });
	const nothing = { mountinfo: '', cgroup: '', hostname: hostname(), inContainer: false };

	async function managed(name: string) {
		const inspected = await stand.engine.docker.getContainer(name).inspect();
		return managedContainer(inspected as unknown as Parameters<typeof managedContainer>[0]);
	}

	let round = 0;

	/** n8n, its database under an alias, its proxy, and a database of the same alias in another network. */
	async function installation() {
		round += 1;
		const [desk, shop] = [`desk-${round}`, `shop-${round}`];
		for (const Name of [desk, shop]) await stand.engine.docker.createNetwork({ Name });
		await tag('cache', '1');
		const on = (network: string, ...Aliases: string[]) => ({
			HostConfig: { NetworkMode: network },
			NetworkingConfig: { EndpointsConfig: { [network]: { Aliases } } },
		});
		const project = 'com.docker.compose.project';
		const n8n = await stand.run('desk-n8n', {
			...on(desk),
			Env: ['DB_POSTGRESDB_HOST=db', 'DB_POSTGRESDB_PASSWORD=s3cret'],
			Labels: { [project]: 'desk', 'com.docker.compose.depends_on': 'cache:service_started:false' },
		});
		await stand.run('desk-db-1', on(desk, 'db'));
		await stand.run('desk-cache-1', {
			...on(desk),
			Image: 'cache:1',
			Labels: { [project]: 'desk', 'com.docker.compose.service': 'cache' },
		});
		await stand.run('shop-db-1', on(shop, 'db'));
		await stand.run('desk-proxy', on(desk, 'engine-proxy'));
		return n8n.id;
	}

	test('own container, database, what it depends on and the proxy; nothing of others', async () => {
		const id = await installation();
		const names = ['desk-n8n', 'desk-db-1', 'desk-cache-1', 'shop-db-1', 'desk-proxy'];
		const candidates = await Promise.all(names.map(managed));
		const mountinfo = `1 2 8:1 /var/lib/docker/containers/${id}/hostname /etc/hostname rw - ext4 /dev/sda rw`;
		const reasons = await protectedContainers(
			candidates,
			{ ...connection(), connectionType: 'socket', socketPath: stand.engine.socketPath },
			{ env: {}, traces: { ...nothing, mountinfo, inContainer: true } },
		);
		expect(candidates.map((candidate) => reasons.get(candidate.id))).toEqual([
			"it is n8n's own container",
			'n8n has its database in it',
			'n8n depends on it',
			undefined,
			undefined,
		]);
		expect(JSON.stringify(candidates)).not.toContain('s3cret');
	});

	test('by the address of a container, as names are resolved to, and by ports published on this machine', async () => {
		await installation();
		const candidates = await Promise.all(['desk-db-1', 'shop-db-1'].map(managed));
		const [address = ''] = candidates[0]?.reachedAt.networks.flatMap(({ addresses }) => addresses) ?? [];
		const found = await protectedContainers(candidates, connection(), {
			env: { DB_POSTGRESDB_HOST: address },
			traces: nothing,
		});
		expect([...found.values()]).toEqual(['n8n has its database in it']);
		await stand.run('shop-published', {
			ExposedPorts: { '2375/tcp': {} },
			HostConfig: { PortBindings: { '2375/tcp': [{ HostIp: '127.0.0.1', HostPort: '18478' }] } },
		});
		const proxy = await managed('shop-published');
		const env = { DB_POSTGRESDB_HOST: 'localhost', DB_POSTGRESDB_PORT: '18478' };
		const reasons = await protectedContainers([proxy], connection(), { env, traces: nothing });
		expect([...reasons.values()]).toEqual(['n8n has its database in it']);
	});
});

test('a container that would be gone when it stops is refused; it can be paused', async () => {
	await stand.run('shop-web', { HostConfig: { AutoRemove: true } });
	expect(await refusal({ containers: ['shop-web'], consistency: 'stop' })).toMatchObject({
		code: 'container_unsuitable',
		message: expect.stringContaining('made with --rm'),
	});
	const site = stand.site({ containers: ['shop-web'], consistency: 'pause' });
	expect(await backUpSite(site, stand.context())).toMatchObject({ status: 'ok' });
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

test('a wrong label, and rights that are missing, are refused before anything is done', async () => {
	await stand.run('shop-web', { Labels: { 'opsdesk.backup.stop': 'yes' } });
	expect(await refusal({ containers: ['shop-web'] })).toMatchObject({ code: 'label_invalid' });
	await stand.run('shop-db');
	const docker = parseConnection({ ...stand.credential, accessLevel: 'read' });
	const site = stand.site({ containers: ['shop-db'], consistency: 'pause' });
	expect(await failureOf(backUpSite(site, stand.context({ docker })))).toMatchObject({
		code: 'not_permitted',
	});
	expect(await failureOf(backUpSite(site, stand.context({ docker: undefined })))).toMatchObject({
		code: 'engine_missing',
	});
	expect(await stand.actions()).toEqual([]);
});

test('without a folder for the journal nothing is stopped, and nothing that needs it is stored', async () => {
	await stand.run('shop-web');
	const site = stand.site({ containers: ['shop-web'], consistency: 'stop' });
	expect(await failureOf(backUpSite(site, stand.context({ stateFolder: undefined })))).toMatchObject({
		code: 'state_missing',
	});
	expect(await stand.actions()).toEqual([]);
});
