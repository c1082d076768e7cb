import type Docker from 'dockerode';

import { Containers, parseConnection } from '../../../../src/docker';
import { imageTag, type ImageName } from '../../../support/images/images';
import { useProxiedEngine } from '../../../support/proxied-engine';

const use = useProxiedEngine('wait', ['tools', 'sick']);
const { actionsSent } = use;
const loop = ['sh', '-c', 'trap exit TERM; while :; do sleep 1 & wait $!; done'];

async function run(
	name: string,
	options: Docker.ContainerCreateOptions = { Cmd: loop },
	image: ImageName = 'tools',
): Promise<Docker.Container> {
	const container = await use.engine.docker.createContainer({ name, Image: imageTag(image), ...options });
	await container.start();
	return container;
}

function containers(rights: Record<string, unknown> = {}): Containers {
	const { host, port } = use.proxy;
	const full = { accessLevel: 'full', allowedContainers: 'shop-*', timeoutSeconds: 5 };
	return new Containers(parseConnection({ ...full, ...rights, connectionType: 'tcp', host, port }));
}

/** Resolves when a container has been looked at. */
function firstLook(): Promise<void> {
	let looks = 0;
	return new Promise((resolve) => {
		use.proxy.before = ({ url }) => {
			// The second look at the container begins after the first one has its answer.
			if (/\/[0-9a-f]{64}\/json/.test(url ?? '') && (looks += 1) === 2) resolve();
			return Promise.resolve(undefined);
		};
	});
}

const quick = { timeoutSeconds: 1, pauseMs: 100 };

describe('waiting for a state', () => {
	test('it waits until a container is healthy, and one that is so already comes at once', async () => {
		const { id } = await run('shop-web', {}, 'sick');
		const patient = { timeoutSeconds: 120, pauseMs: 50 };
		expect(await containers().waitFor('shop-web', 'healthy', patient)).toMatchObject({
			id,
			name: 'shop-web',
			state: 'running',
			health: 'healthy',
		});
		expect((await containers().waitFor('shop-web', 'running', patient)).state).toBe('running');
	});

	test('it waits for the end, and tells the exit code', async () => {
		await run('shop-job', { Cmd: ['sh', '-c', 'sleep 1; exit 7'] });
		const patient = { timeoutSeconds: 120, pauseMs: 50 };
		expect(await containers().waitFor('shop-job', 'exited', patient)).toMatchObject({
			state: 'exited',
			exitCode: 7,
		});
		expect((await containers().waitFor('shop-job', 'stopped')).state).toBe('exited');
	});

	test('what is removed meanwhile, or was never there, is removed', async () => {
		const container = await run('shop-web');
		const waiting = containers().waitFor('shop-web', 'removed', { timeoutSeconds: 120, pauseMs: 50 });
		await container.remove({ force: true });
		expect(await waiting).toMatchObject({ state: 'removed', name: 'shop-web', health: 'none' });
		expect(await containers().waitFor('shop-web', 'removed')).toMatchObject({ id: null, state: 'removed' });
		await expect(containers().waitFor('shop-web', 'running', quick)).rejects.toMatchObject({
			code: 'not_found',
		});
	});

	test('DK-8 one that is recreated under the name that was asked for is waited for', async () => {
		const container = await run('shop-web', { Cmd: ['true'] });
		await container.wait();
		const lookedOnce = firstLook();
		const waiting = containers().waitFor('shop-web', 'running', { timeoutSeconds: 120, pauseMs: 50 });
		await lookedOnce;
		await container.remove();
		const { id } = await run('shop-web');
		expect(await waiting).toMatchObject({ id, state: 'running' });
	});

	test('DK-11 a container without a health check never becomes healthy, which is told at once', async () => {
		await run('shop-web');
		await expect(containers().waitFor('shop-web', 'healthy')).rejects.toMatchObject({
			code: 'no_health_check',
		});
	});

	test('after the time limit it tells what it saw last', async () => {
		const container = await run('shop-web', { Cmd: ['sh', '-c', 'exit 3'] });
		await container.wait();
		await expect(containers().waitFor('shop-web', 'running', quick)).rejects.toMatchObject({
			code: 'timeout',
			message:
				'The container "shop-web" was not running within 1 s: it was exited, exit code 3 when last seen.',
		});
	});

	test('an engine that is away for a moment is waited for too', async () => {
		await run('shop-web');
		let asked = 0;
		use.proxy.before = ({ url }) => {
			if (!url?.includes('/json')) return Promise.resolve(undefined);
			asked += 1;
			return Promise.resolve(asked <= 3 ? { status: 503, body: '<html>503</html>' } : undefined);
		};
		const patient = { timeoutSeconds: 120, pauseMs: 50 };
		expect(await containers().waitFor('shop-web', 'running', patient)).toMatchObject({ state: 'running' });
		expect(asked).toBeGreaterThan(3);
	});

	test('DK-6 one that is renamed to what is not covered is not looked at any more', async () => {
		const container = await run('shop-web');
		const lookedOnce = firstLook();
		const waiting = containers().waitFor('shop-web', 'exited', { timeoutSeconds: 120, pauseMs: 50 });
		const refused = expect(waiting).rejects.toMatchObject({ code: 'not_permitted' });
		await lookedOnce;
		await container.rename({ name: 'database' });
		await refused;
	});
});

describe('limits', () => {
	const mebibyte = 1024 * 1024;

	test('DK-4 limits and restart policy change while it runs; the same again changes nothing', async () => {
		const container = await run('shop-web');
		const changes = {
			memoryBytes: 64 * mebibyte,
			cpus: 0.5,
			pids: 50,
			restartPolicy: 'on-failure' as const,
			maxRetries: 3,
		};
		const dry = await containers().updateLimits('shop-web', changes, { dryRun: true });
		expect(dry).toMatchObject({ changed: true, dryRun: true, after: { memoryBytes: 64 * mebibyte } });
		expect(actionsSent()).toEqual([]);
		const result = await containers().updateLimits('shop-web', changes);
		expect(result).toMatchObject({
			changed: true,
			before: { memoryBytes: null, cpus: null, pids: null, restartPolicy: 'no' },
			after: { memoryBytes: 64 * mebibyte, cpus: 0.5, pids: 50, restartPolicy: 'on-failure', maxRetries: 3 },
		});
		const { HostConfig } = await container.inspect();
		expect(HostConfig).toMatchObject({ Memory: 64 * mebibyte, NanoCpus: 5e8, PidsLimit: 50 });
		expect(HostConfig.RestartPolicy).toMatchObject({ Name: 'on-failure', MaximumRetryCount: 3 });
		expect(await containers().updateLimits('shop-web', changes)).toMatchObject({ changed: false });
	});

	test('one limit leaves the others alone, and more memory than there was swap is no trouble', async () => {
		await run('shop-web', {
			Cmd: loop,
			HostConfig: { Memory: 32 * mebibyte, RestartPolicy: { Name: 'unless-stopped' } },
		});
		const grown = await containers().updateLimits('shop-web', { memoryBytes: 256 * mebibyte });
		expect(grown.after).toMatchObject({ memoryBytes: 256 * mebibyte, restartPolicy: 'unless-stopped' });
		const free = await containers().updateLimits('shop-web', { pids: -1 });
		expect(free.after).toMatchObject({ memoryBytes: 256 * mebibyte, pids: null });
	});

	test('processors are changed in the way they were set', async () => {
		const container = await run('shop-web', {
			Cmd: loop,
			HostConfig: { CpuPeriod: 50_000, CpuQuota: 25_000 },
		});
		const { before, after } = await containers().updateLimits('shop-web', { cpus: 0.25 });
		expect([before.cpus, after.cpus]).toEqual([0.5, 0.25]);
		expect((await container.inspect()).HostConfig.CpuQuota).toBe(12_500);
	});

	test.each([
		{ memoryBytes: 5 * mebibyte },
		{ memoryBytes: Number.NaN },
		{ cpus: 0 },
		{ cpus: Number.POSITIVE_INFINITY },
		{ pids: -2 },
		{ restartPolicy: 'sometimes' as 'no' },
		{ restartPolicy: 'always' as const, maxRetries: 3 },
		{ memoryBytes: 64 * mebibyte, memorySwapBytes: 32 * mebibyte },
	])('%j is refused, and nothing is sent', async (changes) => {
		await run('shop-web');
		await expect(containers().updateLimits('shop-web', changes)).rejects.toMatchObject({
			code: 'invalid_input',
		});
		expect(actionsSent()).toEqual([]);
	});

	test('DK-7 limits of a protected container stay', async () => {
		await run('shop-web', { Cmd: loop, Labels: { 'opsdesk.protected': 'true' } });
		await expect(containers().updateLimits('shop-web', { pids: 9 })).rejects.toMatchObject({
			code: 'container_protected',
		});
		expect(actionsSent()).toEqual([]);
	});
});
