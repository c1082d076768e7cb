import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';

import { Containers, DockerError, parseConnection } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

const use = useProxiedEngine('actions', ['tools']);
const { actionsSent } = use;

/** It knows its signals by then. */
async function run(name: string, options: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> {
	const Cmd = ['sh', '-c', 'trap exit TERM; touch /ready; while :; do sleep 1 & wait $!; done'];
	const container = await use.engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd,
		...options,
	});
	await container.start();
	while (!(await container.infoArchive({ path: '/ready' }).then(Boolean, () => false))) await sleep(20);
	return container;
}

function containers(timeoutSeconds = 10): Containers {
	const { host, port } = use.proxy;
	const rights = { accessLevel: 'full', allowedContainers: '*', timeoutSeconds };
	return new Containers(parseConnection({ ...rights, connectionType: 'tcp', host, port }));
}

test.each([-1, Number.NaN, 1.5, 3601, 1e12])(
	'a grace time of %s is refused before anything is sent',
	async (graceSeconds) => {
		await run('site');
		const attempt = containers().stop('site', { graceSeconds });
		await expect(attempt).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringContaining('"Grace Period" is not a whole number from 0 to 3600'),
		});
		expect(actionsSent()).toEqual([]);
	},
);

test.each([-1, 5_000_000])(
	'a container with a stop time-out of its own of %s seconds can be stopped',
	async (StopTimeout) => {
		await run('patient', { StopTimeout });
		expect(await containers(5).stop('patient')).toMatchObject({ changed: true, state: 'exited' });
	},
);

test('starting a paused container is refused with what helps, in a dry run too; a restart helps', async () => {
	await (await run('site')).pause();
	for (const dryRun of [false, true]) {
		const attempt = containers().start('site', { dryRun });
		await expect(attempt).rejects.toMatchObject({
			code: 'conflict',
			remedy: expect.stringContaining('Restart'),
		});
	}
	expect(actionsSent()).toEqual([]);
	expect(await containers().restart('site', { graceSeconds: 0 })).toMatchObject({ state: 'running' });
});

test('a container that is removed with its stop was stopped all the same', async () => {
	const { id } = await run('site', { HostConfig: { AutoRemove: true } });
	use.proxy.before = async ({ url }) => {
		if (actionsSent().length > 0 && url?.includes('/json')) await removed(id);
		return undefined;
	};
	const result = await containers().stop('site');
	expect(result).toMatchObject({ changed: true, state: 'removed', name: 'site', id });
});

async function removed(id: string): Promise<void> {
	while ((await use.engine.docker.listContainers({ all: true })).some(({ Id }) => Id === id)) {
		await sleep(20);
	}
}

test('statistics, which take the engine two samples, are not lost to a short time-out', async () => {
	const site = await run('site');
	const body = JSON.stringify(await site.stats({ stream: false }));
	use.proxy.before = async ({ url }) => {
		if (!url?.includes(`${site.id}/stats`)) return undefined;
		await sleep(3500);
		return { status: 200, body };
	};
	expect(await containers(3).stats('site')).toMatchObject({ running: true, memoryBytes: expect.any(Number) });
});

test('DK-5 a full id stands for its container, also when another has it as its name', async () => {
	const container = await run('site');
	await run(container.id);
	expect((await containers().get(container.id)).name).toBe('site');
});

test('DK-5 of many candidates only some are named', async () => {
	// Of 97 ids at least seven begin with the same hexadecimal digit.
	const made: Docker.Container[] = [];
	for (let index = 0; index < 97; index += 1) {
		made.push(await use.engine.docker.createContainer({ name: `many-${index}`, Image: imageTag('tools') }));
	}
	const digits = made.map(({ id }) => id[0] ?? '');
	const often = digits.find((digit) => digits.filter((other) => other === digit).length > 5) ?? '';
	const thrown: unknown = await containers()
		.get(often)
		.catch((error: unknown) => error);
	expect(thrown).toBeInstanceOf(DockerError);
	expect((thrown as DockerError).message).toMatch(
		/^"." is [^:]*:( many-\d+ \([0-9a-f]{12}\),?){5} and \d+ more\.$/,
	);
});

test('a reference that is no name is refused without being repeated in full', async () => {
	const attempt = containers().get('a'.repeat(1_000_000));
	const thrown: unknown = await attempt.catch((error: unknown) => error);
	expect(thrown).toMatchObject({ code: 'invalid_reference' });
	expect((thrown as DockerError).message.length).toBeLessThan(200);
	expect(use.proxy.requests).toEqual([]);
});
