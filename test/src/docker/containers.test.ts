import type Docker from 'dockerode';

import {
	Containers,
	DockerError,
	parseConnection,
	reportAccess,
	describeAccess,
	type EngineConnection,
} from '../../../src/docker';
import { imageTag, type ImageName } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

const use = useProxiedEngine('docker', ['web', 'tools']);
const { actionsSent } = use;

async function create(name: string, image: ImageName = 'tools', options: Docker.ContainerCreateOptions = {}) {
	const Cmd =
		image === 'tools' ? { Cmd: ['sh', '-c', 'trap exit TERM; while :; do sleep 1 & wait $!; done'] } : {};
	return await use.engine.docker.createContainer({ name, Image: imageTag(image), ...Cmd, ...options });
}

async function run(name: string, image: ImageName = 'tools', options: Docker.ContainerCreateOptions = {}) {
	const container = await create(name, image, options);
	await container.start();
	return container;
}

const rights = { accessLevel: 'full', allowedContainers: '*', timeoutSeconds: 10 };

function connection(overrides: Partial<typeof rights> = {}): EngineConnection {
	return parseConnection({
		...rights,
		...overrides,
		connectionType: 'tcp',
		host: use.proxy.host,
		port: use.proxy.port,
	});
}

const containers = (overrides: Partial<typeof rights> = {}) => new Containers(connection(overrides));

async function refusalOf(attempt: Promise<unknown>): Promise<DockerError> {
	const thrown: unknown = await attempt.catch((error: unknown) => error);
	expect(thrown).toBeInstanceOf(DockerError);
	return thrown as DockerError;
}

describe('starting, stopping and restarting', () => {
	test('DK-4 starting a running and stopping a stopped container succeeds and changes nothing', async () => {
		await run('site');
		expect(await containers().start('site')).toMatchObject({ changed: false, state: 'running' });
		expect(await containers().stop('site')).toMatchObject({ changed: true, state: 'exited' });
		expect(await containers().stop('site')).toMatchObject({ changed: false, state: 'exited' });
		expect(await containers().start('site')).toMatchObject({ changed: true, state: 'running', name: 'site' });
	});

	test('a restart gives the container a new start time, and starts one that was stopped', async () => {
		const container = await run('site');
		const before = (await container.inspect()).State.StartedAt;
		const result = await containers().restart('site', { graceSeconds: 1 });
		expect(result).toMatchObject({ changed: true, state: 'running', id: container.id });
		expect(result.startedAt).not.toBe(before);
		await container.stop();
		expect(await containers().restart('site')).toMatchObject({ changed: true, state: 'running' });
	});

	test('the grace time is waited for before the container is killed, beyond the time-out of the credential', async () => {
		await run('stubborn', 'tools', { Cmd: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] });
		const result = await containers({ timeoutSeconds: 1 }).stop('stubborn', { graceSeconds: 2 });
		expect(result).toMatchObject({ changed: true, state: 'exited' });
		expect(result.durationMs).toBeGreaterThanOrEqual(1900);
	});

	test('a dry run tells what would change and sends nothing that changes', async () => {
		const container = await run('site');
		expect(await containers().stop('site', { dryRun: true })).toMatchObject({ dryRun: true, changed: true });
		expect(await containers().start('site', { dryRun: true })).toMatchObject({
			dryRun: true,
			changed: false,
		});
		expect(actionsSent()).toEqual([]);
		expect((await container.inspect()).State.Running).toBe(true);
	});

	test('when the state afterwards cannot be read, the error says that the action was carried out', async () => {
		const container = await run('site');
		let acted = false;
		use.proxy.before = ({ method }) => {
			if (method === 'POST') acted = true;
			else if (acted) return Promise.resolve({ status: 503, body: '<html>503</html>' });
			return Promise.resolve(undefined);
		};
		const error = await refusalOf(containers().restart('site', { graceSeconds: 0 }));
		expect(error.message).toMatch(/^The restart was carried out, but the state .* is unknown\. The proxy/);
		expect((await container.inspect()).State.Running).toBe(true);
	});

	test('an error of the engine is kept, with its own words', async () => {
		await create('broken', 'tools', { Cmd: ['/no/such/program'] });
		const error = await refusalOf(containers().start('broken'));
		expect(error.message).toMatch(/POST \/containers\/[0-9a-f]{64}\/start.*no such file or directory/s);
	});
});

describe('finding a container', () => {
	test('DK-5 a missing container is told, with the name', async () => {
		const error = await refusalOf(containers().get('nowhere'));
		expect(error).toMatchObject({ code: 'not_found', message: 'There is no container "nowhere".' });
	});

	test('DK-5 a name with a leading slash, the full id and a unique beginning of it all find the container', async () => {
		const { id } = await create('site');
		for (const reference of ['site', '/site', id, id.slice(0, 12), ' site ']) {
			expect((await containers().get(reference)).id).toBe(id);
		}
	});

	test('DK-5 an exact name wins over an id that begins with it', async () => {
		const first = await create('first');
		const namedLikeIt = await create(first.id.slice(0, 12));
		expect((await containers().get(first.id.slice(0, 12))).id).toBe(namedLikeIt.id);
		expect((await containers().get(first.id.slice(0, 13))).id).toBe(first.id);
	});

	test('DK-5 the beginning of several ids is refused and names the candidates', async () => {
		// Of seventeen ids at least two begin with the same hexadecimal digit.
		const created = await Promise.all(Array.from({ length: 17 }, (_, index) => create(`many-${index}`)));
		const digits = created.map(({ id }) => id[0] ?? '');
		const twice = digits.find((digit, index) => digits.indexOf(digit) !== index) ?? '';
		const error = await refusalOf(containers().stop(twice));
		expect(error.code).toBe('ambiguous');
		expect(error.message).toMatch(/many-\d+ \([0-9a-f]{12}\), many-\d+/);
		expect(actionsSent()).toEqual([]);
	});

	test('DK-5 a dot in a name stands for itself', async () => {
		await create('a-b');
		expect((await refusalOf(containers().get('a.b'))).code).toBe('not_found');
	});

	test.each(['', '   ', '../json', 'a/../b', 'a b', 'a?b', 'a%2f..', '-a', 'a\nb', 'ä'])(
		'%j cannot be a container and is refused before anything is sent',
		async (reference) => {
			const error = await refusalOf(containers().stop(reference));
			expect(error.code).toBe('invalid_reference');
			expect(use.proxy.requests).toEqual([]);
		},
	);
});

describe('the rights of the credential', () => {
	test('DK-6 a container outside the allowed names is neither shown nor touched, by name or by id', async () => {
		await run('site-a');
		const outside = await run('database');
		const limited = containers({ allowedContainers: 'site-*' });
		expect((await limited.list()).map(({ name }) => name)).toEqual(['site-a']);
		for (const reference of ['database', outside.id, outside.id.slice(0, 12)]) {
			for (const operation of ['get', 'getRaw', 'start', 'stop', 'restart', 'logs', 'stats'] as const) {
				expect((await refusalOf(limited[operation](reference))).code).toBe('not_permitted');
			}
		}
		expect(actionsSent()).toEqual([]);
		expect(await limited.stop('site-a', { graceSeconds: 0 })).toMatchObject({ changed: true });
	});

	test('DK-6 a container renamed between look-up and action is looked at again and refused', async () => {
		const container = await run('site-a');
		use.proxy.before = async ({ url }) => {
			if (url?.includes(`/containers/${container.id}/json`))
				await container.rename({ name: 'database' }).catch(() => {});
			return undefined;
		};
		const error = await refusalOf(containers({ allowedContainers: 'site-*' }).stop('site-a'));
		expect(error).toMatchObject({
			code: 'not_permitted',
			message: expect.stringContaining('"site-a" has another name by now'),
		});
		expect(String(error) + JSON.stringify(error)).not.toContain('database');
		expect(actionsSent()).toEqual([]);
		expect((await container.inspect()).State.Running).toBe(true);
	});

	test('DK-6 a name with a path in it is refused before anything is sent', async () => {
		const error = await refusalOf(containers({ allowedContainers: 'site-*' }).stop('site-a/../database'));
		expect(error.code).toBe('invalid_reference');
		expect(use.proxy.requests).toEqual([]);
	});

	test('DK-6 labels, images and networks do not stand in for a name', async () => {
		await run('database', 'tools', {
			Labels: {
				'com.docker.compose.project': 'site-a',
				'com.docker.compose.service': 'site-a',
				name: 'site-a',
			},
			Hostname: 'site-a',
		});
		const limited = containers({ allowedContainers: 'site-*' });
		expect(await limited.list({ project: 'site-a' })).toEqual([]);
		expect((await refusalOf(limited.stop('database'))).code).toBe('not_permitted');
		expect((await refusalOf(limited.stop('site-a'))).code).toBe('not_found');
	});

	test('DK-6 a pattern covers whole names only, and its dots are dots', async () => {
		await create('my-site-a');
		await create('siteXa');
		expect(await containers({ allowedContainers: 'site-*, site.a' }).list()).toEqual([]);
	});

	test('DK-8 a container recreated between look-up and action is not acted on', async () => {
		const container = await run('site');
		use.proxy.before = async ({ method }) => {
			if (method === 'POST') {
				await container.remove({ force: true });
				await run('site');
			}
			return undefined;
		};
		const error = await refusalOf(containers().stop('site'));
		expect(error.code).toBe('not_found');
		expect((await use.engine.docker.getContainer('site').inspect()).State.Running).toBe(true);
	});

	test('an access level of "read" looks but does not act, and nothing is sent', async () => {
		await run('site');
		const reader = containers({ accessLevel: 'read' });
		expect((await reader.get('site')).state).toBe('running');
		use.proxy.requests.length = 0;
		for (const operation of ['start', 'stop', 'restart'] as const) {
			const error = await refusalOf(reader[operation]('site'));
			expect(error).toMatchObject({
				code: 'not_permitted',
				remedy: expect.stringContaining('"Access Level"'),
			});
		}
		expect(use.proxy.requests).toEqual([]);
	});

	test('the report of a credential says what it permits and what a proxy refuses', async () => {
		await create('site-a');
		await create('database');
		const target = connection({ accessLevel: 'control', allowedContainers: 'site-*' });
		expect(describeAccess(await reportAccess(target))).toMatch(
			/^Connected to Docker \d+\.\d+\S*, API 1\.\d+\. Permitted: look, start, stop and restart; containers site-\* \(1 container now\)\.$/,
		);
		use.proxy.before = ({ method, url }) =>
			Promise.resolve(
				method === 'POST' || url?.includes('_ping')
					? { status: 403, body: '<html>403 Forbidden</html>' }
					: undefined,
			);
		const report = await reportAccess(target);
		expect(report.refusedByProxy).toEqual(['control']);
		expect(describeAccess(report)).toMatch(/the proxy refuses to start, stop and restart/);
		const full = await reportAccess(connection({ accessLevel: 'full', allowedContainers: 'site-*' }));
		expect(full.refusedByProxy).toEqual(['control', 'backup']);
		expect(describeAccess(full)).toMatch(/the proxy refuses what backups need/);
	});
});

describe('listing', () => {
	test('filters by name, label, project, state and health narrow the list together', async () => {
		await run('shop-web', 'web', { Labels: { 'com.docker.compose.project': 'shop', tier: 'web' } });
		await run('shop-job', 'tools', { Labels: { 'com.docker.compose.project': 'shop' } });
		await create('blog-web', 'web', { Labels: { tier: 'web' } });
		const names = async (filter: Parameters<Containers['list']>[0]) =>
			(await containers().list(filter)).map(({ name }) => name);
		expect(await names({})).toEqual(['blog-web', 'shop-job', 'shop-web']);
		expect(await names({ name: 'shop-*' })).toEqual(['shop-job', 'shop-web']);
		expect(await names({ name: 'shop' })).toEqual([]);
		expect(await names({ labels: ['tier=web'] })).toEqual(['blog-web', 'shop-web']);
		expect(await names({ labels: ['tier'], states: ['running'] })).toEqual(['shop-web']);
		expect(await names({ project: 'shop', health: ['none'] })).toEqual(['shop-job']);
		expect(await names({ states: ['created', 'exited'] })).toEqual(['blog-web']);
	});

	test('a container without a health check is never called healthy', async () => {
		await run('plain');
		expect((await containers().list())[0]).toMatchObject({ name: 'plain', state: 'running', health: 'none' });
		expect(await containers().get('plain')).toMatchObject({
			health: 'none',
			exitCode: null,
			restartCount: 0,
		});
	});
});

describe('statistics', () => {
	test('a busy container shows its processor and memory as the docker client does', async () => {
		await run('busy', 'tools', {
			Cmd: ['sh', '-c', 'while :; do :; done'],
			HostConfig: { NanoCpus: 0.25e9, Memory: 64 << 20 },
		});
		const stats = await containers().stats('busy');
		expect(stats).toMatchObject({ name: 'busy', running: true, memoryLimitBytes: 64 << 20 });
		expect(stats.cpuPercent).toBeGreaterThan(1);
		expect(stats.cpuPercent).toBeLessThan(40);
		const shown = await use.engine.cli('stats', '--no-stream', '--format', '{{.CPUPerc}}', 'busy');
		expect(Math.abs(Number.parseFloat(shown) - (stats.cpuPercent ?? 0))).toBeLessThan(25);
		expect(stats.memoryPercent).toBeGreaterThan(0);
	});
});
