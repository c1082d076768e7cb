import type Docker from 'dockerode';

import { Containers, parseConnection } from '../../../src/docker';
import { freePort } from '../../support/free-port';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

const use = useProxiedEngine('protection', ['tools']);
const { actionsSent } = use;

async function run(name: string, options: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> {
	const container = await use.engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', 'trap exit TERM; while :; do sleep 1 & wait $!; done'],
		...options,
	});
	await container.start();
	return container;
}

function containers(): Containers {
	const { host, port } = use.proxy;
	const rights = { accessLevel: 'full', allowedContainers: '*', timeoutSeconds: 10 };
	return new Containers(parseConnection({ ...rights, connectionType: 'tcp', host, port }));
}

type Act = (options: { overrideProtection?: string; dryRun?: boolean }) => Promise<unknown>;

const actions: [name: string, act: Act][] = [
	['stop', (options) => containers().stop('shop-db', options)],
	['restart', (options) => containers().restart('shop-db', options)],
	['pause', (options) => containers().pause('shop-db', options)],
	['kill', (options) => containers().kill('shop-db', options)],
	['rename', (options) => containers().rename('shop-db', 'shop-old', options)],
	['remove', (options) => containers().remove('shop-db', { force: true, ...options })],
];

test.each(actions)(
	'DK-7 %s of a container with the label is refused until its name is typed in full',
	async (name, act) => {
		await run('shop-db', { Labels: { 'opsdesk.protected': 'true' } });
		for (const overrideProtection of [undefined, '', 'true', 'shop-', 'shop-*', 'SHOP-DB', '/shop-db']) {
			await expect(
				act({ ...(overrideProtection !== undefined && { overrideProtection }) }),
			).rejects.toMatchObject({
				code: 'container_protected',
				message: expect.stringContaining(`it carries the label opsdesk.protected=true. The ${name} was not`),
			});
		}
		await expect(act({ dryRun: true })).rejects.toMatchObject({ code: 'container_protected' });
		expect(actionsSent()).toEqual([]);
		expect(await act({ overrideProtection: 'shop-db' })).toMatchObject({ changed: true });
	},
);

test.each(actions)("DK-7 %s of the container with n8n's database is refused", async (_name, act) => {
	const port = await freePort();
	await run('shop-db', {
		ExposedPorts: { '5432/tcp': {} },
		HostConfig: { PortBindings: { '5432/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] } },
	});
	const before = { ...process.env };
	Object.assign(process.env, { DB_POSTGRESDB_HOST: '127.0.0.1', DB_POSTGRESDB_PORT: String(port) });
	try {
		await expect(act({})).rejects.toMatchObject({
			code: 'container_protected',
			message: expect.stringContaining('n8n has its database in it'),
		});
	} finally {
		process.env = before;
	}
	expect(actionsSent()).toEqual([]);
});

test.each(actions)('DK-7 %s of a container with n8n is refused', async (_name, act) => {
	await use.engine.docker.getImage(imageTag('tools')).tag({ repo: 'docker.n8n.io/n8nio/n8n', tag: '2.41.1' });
	await run('shop-db', { Image: 'docker.n8n.io/n8nio/n8n:2.41.1' });
	await expect(act({})).rejects.toMatchObject({
		code: 'container_protected',
		message: expect.stringContaining('n8n runs in it'),
	});
	expect(actionsSent()).toEqual([]);
});

test('DK-7 when it cannot be found out what is protected, nothing is done', async () => {
	const container = await run('shop-db');
	let lists = 0;
	use.proxy.before = ({ url }) => {
		if (url?.includes('/containers/json')) lists += 1;
		return Promise.resolve(lists === 2 ? { status: 503, body: '<html>503</html>' } : undefined);
	};
	await expect(containers().stop('shop-db')).rejects.toMatchObject({ code: 'engine_stopped' });
	expect(actionsSent()).toEqual([]);
	expect((await container.inspect()).State.Running).toBe(true);
});

test('starting and going on is no danger to what is protected', async () => {
	const container = await run('shop-db', { Labels: { 'opsdesk.protected': 'true' } });
	await container.pause();
	expect(await containers().unpause('shop-db')).toMatchObject({ state: 'running' });
	await container.stop({ t: 0 });
	expect(await containers().start('shop-db')).toMatchObject({ changed: true });
});
