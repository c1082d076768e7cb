import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';

import { Containers, parseConnection } from '../../../../src/docker';
import { imageTag } from '../../../support/images/images';
import { useProxiedEngine } from '../../../support/proxied-engine';

const use = useProxiedEngine('lifecycle', ['tools']);
const { actionsSent } = use;

async function create(name: string, options: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> {
	const loop = 'touch /ready; while :; do sleep 1 & wait $!; done';
	const Cmd = ['sh', '-c', `trap "echo hup" HUP; trap exit TERM; ${loop}`];
	return await use.engine.docker.createContainer({ name, Image: imageTag('tools'), Cmd, ...options });
}

/** It knows its signals by then. */
async function run(name: string, options: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> {
	const container = await create(name, options);
	await container.start();
	while (!(await container.infoArchive({ path: '/ready' }).then(Boolean, () => false))) await sleep(20);
	return container;
}

const { docker } = { docker: () => use.engine.docker };

function containers(rights: Record<string, unknown> = {}): Containers {
	const { host, port } = use.proxy;
	const full = { accessLevel: 'full', allowedContainers: 'shop-*', timeoutSeconds: 10 };
	return new Containers(parseConnection({ ...full, ...rights, connectionType: 'tcp', host, port }));
}

async function exists(id: string): Promise<boolean> {
	return (await docker().listContainers({ all: true })).some(({ Id }) => Id === id);
}

describe('kill', () => {
	test('DK-4 it kills what runs, and one that does not run is left alone', async () => {
		await run('shop-web');
		expect(await containers().kill('shop-web', { dryRun: true })).toMatchObject({
			changed: true,
			dryRun: true,
		});
		expect(actionsSent()).toEqual([]);
		expect(await containers().kill('shop-web')).toMatchObject({
			changed: true,
			state: 'exited',
			killSignal: 'SIGKILL',
		});
		expect(await containers().kill('shop-web')).toMatchObject({ changed: false, state: 'exited' });
	});

	test.each(['SIGHUP', 'hup', 'HUP'])(
		'the signal %s reaches the first process, which goes on',
		async (killSignal) => {
			const container = await run('shop-web');
			expect(await containers().kill('shop-web', { killSignal })).toMatchObject({
				state: 'running',
				killSignal: 'SIGHUP',
			});
			for (;;) {
				const log = await container.logs({ stdout: true, stderr: true });
				if (log.toString().includes('hup')) break;
				await sleep(50);
			}
		},
	);

	test.each(['9', 'SIGNOTHING', 'TERM&x=1', 'rm -rf'])('the signal %j is refused', async (killSignal) => {
		await run('shop-web');
		await expect(containers().kill('shop-web', { killSignal })).rejects.toMatchObject({
			code: 'invalid_input',
		});
		expect(actionsSent()).toEqual([]);
	});
});

describe('pause', () => {
	test('DK-4 pausing what is paused and going on with what runs succeeds and changes nothing', async () => {
		await run('shop-web');
		expect(await containers().unpause('shop-web')).toMatchObject({ changed: false, state: 'running' });
		expect(await containers().pause('shop-web')).toMatchObject({ changed: true, state: 'paused' });
		expect(await containers().pause('shop-web')).toMatchObject({ changed: false, state: 'paused' });
		expect(await containers().unpause('shop-web')).toMatchObject({ changed: true, state: 'running' });
	});
});

describe('rename', () => {
	test('DK-4 a container gets another name, and a second time nothing changes', async () => {
		const { id } = await create('shop-web');
		expect(await containers().rename('shop-web', 'shop-old', { dryRun: true })).toMatchObject({
			name: 'shop-web',
			changed: true,
		});
		expect(await containers().rename('shop-web', 'shop-old')).toMatchObject({
			id,
			name: 'shop-old',
			previousName: 'shop-web',
			changed: true,
		});
		expect(await containers().rename('shop-old', '/shop-old')).toMatchObject({ changed: false });
	});

	test('DK-6 neither a container outside nor a name outside of what is allowed is touched', async () => {
		await create('shop-web');
		await create('database');
		const attempts: [string, string][] = [
			['shop-web', 'database-2'],
			['database', 'shop-db'],
		];
		for (const [from, to] of attempts) {
			await expect(containers().rename(from, to)).rejects.toMatchObject({ code: 'not_permitted' });
		}
		expect(actionsSent()).toEqual([]);
	});

	test('a name that is taken, or that is none, is refused', async () => {
		await create('shop-web');
		await create('shop-db');
		await expect(containers().rename('shop-web', 'shop-db')).rejects.toMatchObject({ code: 'conflict' });
		for (const name of ['', 'a', '-a', 'a b', 'a/../b', 'x'.repeat(300)]) {
			await expect(containers().rename('shop-web', name)).rejects.toMatchObject({
				code: 'invalid_reference',
			});
		}
	});
});

describe('remove', () => {
	test('a stopped container goes; one that runs goes only by force', async () => {
		const { id } = await run('shop-web');
		await expect(containers().remove('shop-web')).rejects.toMatchObject({
			code: 'conflict',
			remedy: expect.stringContaining('"Force"'),
		});
		const dry = await containers().remove('shop-web', { force: true, dryRun: true });
		expect(dry).toMatchObject({ deleted: false, changed: true, dryRun: true });
		expect(actionsSent()).toEqual([]);
		const done = await containers().remove('shop-web', { force: true });
		expect(done).toEqual({ deleted: true, changed: true, name: 'shop-web', id, volumes: [] });
		expect(await exists(id)).toBe(false);
	});

	test('a text where a switch is meant does not kill anything', async () => {
		const { id } = await run('shop-web');
		const force = 'false' as unknown as boolean;
		await expect(containers().remove('shop-web', { force })).rejects.toMatchObject({ code: 'conflict' });
		expect(await exists(id)).toBe(true);
	});

	test('volumes without a name go only when asked for, and those with a name never', async () => {
		await docker().createVolume({ Name: 'shop_media' });
		const mounts = { Volumes: { '/cache': {} }, HostConfig: { Binds: ['shop_media:/media'] } };
		const volumes = async () => (await docker().listVolumes()).Volumes.map(({ Name }) => Name);
		await create('shop-a', mounts);
		await containers().remove('shop-a');
		expect(await volumes()).toHaveLength(2);
		await create('shop-b', mounts);
		const limited = containers({ allowedVolumes: 'shop_*' });
		await expect(limited.remove('shop-b', { volumes: true })).rejects.toMatchObject({
			code: 'not_permitted',
		});
		const { volumes: gone } = await containers().remove('shop-b', { volumes: true });
		expect(gone).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
		const left = await volumes();
		expect(left).toContain('shop_media');
		expect(left).not.toContain(gone[0]);
		expect(left).toHaveLength(2);
	});

	test('a container that does not exist is told, unless that counts as removed', async () => {
		await expect(containers().remove('shop-web')).rejects.toMatchObject({ code: 'not_found' });
		expect(await containers().remove('shop-web', { ignoreMissing: true })).toEqual({
			deleted: false,
			changed: false,
			name: 'shop-web',
			id: null,
			volumes: [],
		});
	});
});

describe('races', () => {
	const actions: [string, (it: Containers, reference: string) => Promise<unknown>][] = [
		['stop', (it, reference) => it.stop(reference)],
		['restart', (it, reference) => it.restart(reference)],
		['pause', (it, reference) => it.pause(reference)],
		['kill', (it, reference) => it.kill(reference)],
		['rename', (it, reference) => it.rename(reference, 'shop-new')],
		['remove', (it, reference) => it.remove(reference, { force: true })],
	];

	test.each(actions)('DK-8 %s: removed between list and action is told', async (_name, act) => {
		const container = await run('shop-web');
		const [listed] = await containers().list();
		await container.remove({ force: true });
		await expect(act(containers(), listed?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
		expect(actionsSent()).toEqual([]);
	});

	test.each(actions)(
		'DK-8 %s: one that was recreated with the same name is left alone',
		async (_name, act) => {
			const container = await run('shop-web');
			let second: Docker.Container | undefined;
			use.proxy.before = async ({ method }) => {
				if (method !== 'GET' && second === undefined) {
					await container.remove({ force: true });
					second = await run('shop-web');
				}
				return undefined;
			};
			await expect(act(containers(), 'shop-web')).rejects.toMatchObject({ code: 'not_found' });
			const { State, Name } = await docker().getContainer('shop-web').inspect();
			expect({ state: State.Status, Name, restarts: State.StartedAt }).toMatchObject({
				state: 'running',
				Name: '/shop-web',
			});
		},
	);

	test.each(actions)(
		'DK-6 %s: one that was renamed while it was found out whether it is protected is left alone',
		async (_name, act) => {
			const container = await run('shop-web');
			let inspections = 0;
			use.proxy.before = async ({ url }) => {
				if (url?.includes(`/containers/${container.id}/json`)) inspections += 1;
				if (inspections === 2) await container.rename({ name: 'database' }).catch(() => undefined);
				return undefined;
			};
			await expect(act(containers(), 'shop-web')).rejects.toMatchObject({
				code: 'not_permitted',
				message: expect.stringContaining('"shop-web" has another name by now'),
			});
			expect(actionsSent()).toEqual([]);
		},
	);

	test.each(actions)('DK-6 %s: labels and host names do not stand in for a name', async (_name, act) => {
		await run('database', {
			Hostname: 'shop-web',
			Labels: { name: 'shop-web', 'com.docker.compose.service': 'shop-web' },
		});
		await expect(act(containers(), 'database')).rejects.toMatchObject({ code: 'not_permitted' });
		await expect(act(containers(), 'shop-web')).rejects.toMatchObject({ code: 'not_found' });
		expect(actionsSent()).toEqual([]);
	});

	test.each(actions)('%s: a credential that may only look sends nothing', async (_name, act) => {
		await run('shop-web');
		await expect(act(containers({ accessLevel: 'read' }), 'shop-web')).rejects.toMatchObject({
			code: 'not_permitted',
		});
		expect(actionsSent()).toEqual([]);
	});
});
