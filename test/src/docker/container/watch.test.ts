import type Docker from 'dockerode';

import { Containers, parseConnection } from '../../../../src/docker';
import { imageTag } from '../../../support/images/images';
import { useProxiedEngine } from '../../../support/proxied-engine';

const use = useProxiedEngine('watch', ['tools']);

function containers(): Containers {
	const { host, port } = use.proxy;
	const rights = { accessLevel: 'control', allowedContainers: '*', timeoutSeconds: 10 };
	return new Containers(parseConnection({ ...rights, connectionType: 'tcp', host, port }));
}

async function make(script: string, HostConfig: Docker.HostConfig = {}): Promise<Docker.Container> {
	const Cmd = ['sh', '-c', script];
	const given = { name: 'site', Image: imageTag('tools'), Cmd, StopTimeout: 1, HostConfig };
	return await use.engine.docker.createContainer({ ...given, ExposedPorts: { '80/tcp': {} } });
}

/** Until its first start is past the mark by which the scripts tell a second one. */
async function startFirst(site: Docker.Container): Promise<void> {
	await site.start();
	while (!(await site.infoArchive({ path: '/was' }).then(Boolean, () => false)))
		await new Promise((resolve) => setTimeout(resolve, 20));
}

const serving = 'while :; do sleep 1; done';
/** Serves at first and fails from its second start on. */
const failsLater = `test -f /was && { sleep 1; exit 7; }; touch /was; ${serving}`;

test('DK-26 a container that keeps running for the time is told as that, with how long it was watched', async () => {
	await make(serving);
	const started = await containers().start('site', { watchSeconds: 2 });
	expect(started).toMatchObject({ changed: true, state: 'running' });
	expect(started.watchedMs).toBeGreaterThanOrEqual(2000);
	const again = await containers().start('site', { watchSeconds: 2 });
	expect(again).toMatchObject({ changed: false, state: 'running' });
	expect(again.watchedMs).toBeUndefined();
	expect(await containers().restart('site', { graceSeconds: 0 })).not.toHaveProperty('watchedMs');
});

test('DK-26 one that ends after the restart is an error with its exit code, and not waited for any longer', async () => {
	await startFirst(await make(failsLater));
	const began = Date.now();
	const restart = containers().restart('site', { watchSeconds: 30 });
	await expect(restart).rejects.toMatchObject({
		code: 'did_not_stay_up',
		message: expect.stringMatching(
			/^The container "site" was restarted, but did not stay up: it ended within \S+ m?s with exit code 7\.$/,
		),
	});
	expect(Date.now() - began).toBeLessThan(15_000);
});

test('DK-26 one that the engine had to restart is an error, although it runs again', async () => {
	const once = `test -f /failed || { test -f /was && { touch /failed; exit 7; }; touch /was; }; ${serving}`;
	await startFirst(await make(once, { RestartPolicy: { Name: 'always' } }));
	const restart = containers().restart('site', { watchSeconds: 30 });
	await expect(restart).rejects.toMatchObject({
		code: 'did_not_stay_up',
		message: expect.stringMatching(
			/"site" was restarted, but did not stay up: .* The engine restarts it by its own policy\.$/,
		),
	});
});

test('DK-26 a restart for which the engine finds the port taken keeps the error of the engine', async () => {
	const taken = { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18475' }] } };
	const site = await make(serving, taken);
	const Image = imageTag('tools');
	const Cmd = ['sleep', '100'];
	const thief = { name: 'thief', Image, Cmd, ExposedPorts: { '80/tcp': {} }, HostConfig: taken };
	await (await use.engine.docker.createContainer(thief)).start();
	const restart = containers().restart(site.id, { watchSeconds: 2 });
	await expect(restart).rejects.toMatchObject({
		message: expect.stringContaining('port is already allocated'),
	});
});

describe('when the container cannot be looked at after the restart', () => {
	/** Answers looks after the restart instead of the engine, as long as it says so. */
	function failLooks(fails: (count: number) => boolean): void {
		let looks = 0;
		use.proxy.before = ({ url }) => {
			const isAfter = use.proxy.requests.some((line) => line.includes('/restart'));
			const isLook = isAfter && url?.endsWith('/json') === true;
			const body = '{"message":"out of order"}';
			return Promise.resolve(isLook && fails(++looks) ? { status: 500, body } : undefined);
		};
	}

	test('for a moment, the watch goes on', async () => {
		await (await make(serving)).start();
		failLooks((count) => count <= 2);
		const restart = await containers().restart('site', { graceSeconds: 0, watchSeconds: 3 });
		expect(restart).toMatchObject({ changed: true, state: 'running' });
		expect(restart.watchedMs).toBeGreaterThanOrEqual(3000);
	});

	test('for a moment, one that ends after it is an error all the same', async () => {
		await startFirst(await make(failsLater));
		failLooks((count) => count <= 2);
		const restart = containers().restart('site', { watchSeconds: 30 });
		await expect(restart).rejects.toMatchObject({ code: 'did_not_stay_up' });
	});

	test('until the time is up, the error says that it was restarted', async () => {
		await (await make(serving)).start();
		failLooks(() => true);
		const restart = containers().restart('site', { graceSeconds: 0, watchSeconds: 2 });
		await expect(restart).rejects.toMatchObject({
			code: 'engine_error',
			message: expect.stringMatching(/^The restart was carried out, but .* unknown\. .*out of order/),
			remedy: expect.stringMatching(/^Look at the container before you repeat the restart\./),
		});
	});
});

test('when watching is cancelled the error says that it was restarted', async () => {
	await (await make(serving)).start();
	const controller = new AbortController();
	const { signal } = controller;
	const restart = containers().restart('site', { graceSeconds: 0, watchSeconds: 60, signal });
	const refused = expect(restart).rejects.toMatchObject({
		code: 'cancelled',
		message: expect.stringMatching(/^The restart was carried out, but .* unknown\./),
	});
	const isLook = (line: string, index: number, all: string[]) =>
		line.endsWith('/json') && all.slice(0, index).some((before) => before.includes('/restart'));
	while (!use.proxy.requests.some(isLook)) await new Promise((resolve) => setTimeout(resolve, 20));
	controller.abort();
	await refused;
});

test('a job that did not run before and ends with 0 has done its work; one that ran should have gone on', async () => {
	const first = await make('sleep 1');
	const job = await containers().start('site', { watchSeconds: 60 });
	expect(job).toMatchObject({ changed: true, state: 'exited' });
	expect(job.watchedMs).toBeLessThan(50_000);
	await first.remove();
	await startFirst(await make(`test -f /was && { sleep 1; exit 0; }; touch /was; ${serving}`));
	const restart = containers().restart('site', { watchSeconds: 60 });
	await expect(restart).rejects.toMatchObject({ code: 'did_not_stay_up' });
});

test('a job that has ended well is none that did not stay up while the engine tells it to be dead, as in a removal', async () => {
	const { id } = await make('sleep 1');
	use.proxy.before = async ({ url = '' }) => {
		if (!/\/containers\/\w+\/json/.test(url)) return undefined;
		const found = await use.engine.docker.getContainer(id).inspect();
		if (found.State.Status !== 'exited' || found.State.FinishedAt.startsWith('0001')) return undefined;
		return { status: 200, body: JSON.stringify({ ...found, State: { ...found.State, Status: 'dead' } }) };
	};
	expect(await containers().start('site', { watchSeconds: 60 })).toMatchObject({
		changed: true,
		state: 'dead',
	});
});

test('a container that was made with --rm and has ended is told as gone; nonsense is refused before anything is sent', async () => {
	const { id } = await make('sleep 1', { AutoRemove: true });
	const { state } = await containers().start('site', { watchSeconds: 60 });
	expect(state).toMatch(/^(?:removing|dead|removed)$/);
	while ((await use.engine.docker.listContainers({ all: true })).some(({ Id }) => Id === id))
		await new Promise((resolve) => setTimeout(resolve, 20));
	use.proxy.requests.length = 0;
	await expect(containers().start('site', { watchSeconds: -1 })).rejects.toMatchObject({
		code: 'invalid_input',
		message: expect.stringContaining('"Watch For" is not a whole number from 0 to 600'),
	});
	expect(use.proxy.requests).toEqual([]);
});
