import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { Containers, parseConnection } from '../../../../src/docker';
import { containerStats } from '../../../../src/docker/stats';
import { imageTag } from '../../../support/images/images';
import { useProxiedEngine } from '../../../support/proxied-engine';

const use = useProxiedEngine('measure', ['tools']);

async function run(name: string, Cmd: string[], Memory = 0): Promise<string> {
	const HostConfig = { Memory };
	const container = await use.engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd,
		HostConfig,
	});
	await container.start();
	return container.id;
}

function containers(timeoutSeconds = 10): Containers {
	const { host, port } = use.proxy;
	const rights = { accessLevel: 'read', allowedContainers: 'shop-*', timeoutSeconds };
	return new Containers(parseConnection({ ...rights, connectionType: 'tcp', host, port }));
}

describe('formulas (docker/cli, cli/command/container/stats_helpers.go)', () => {
	const cpu = (total: number, system: number, processors: { online_cpus?: number; percpu?: number }) => ({
		cpu_usage: {
			total_usage: total,
			...(processors.percpu && { percpu_usage: Array.from({ length: processors.percpu }, () => 1) }),
		},
		system_cpu_usage: system,
		...(processors.online_cpus && { online_cpus: processors.online_cpus }),
	});

	test.each([
		['32 processors in use of which eight are', { online_cpus: 32 }, 800],
		['32 processors that an old engine tells one by one', { percpu: 32 }, 800],
		['one processor', { online_cpus: 1 }, 25],
	])('DK-23 the share of %s', (_what, processors, expected) => {
		const sample = {
			precpu_stats: cpu(1000, 100_000, processors),
			cpu_stats: cpu(26_000, 200_000, processors),
		};
		expect(containerStats(sample, true).cpuPercent).toBe(expected);
	});

	test('DK-23 a first sample without the one before, and a clock that stands, give no figure', () => {
		const now = cpu(26_000, 200_000, { online_cpus: 32 });
		for (const before of [
			{ cpu_usage: { total_usage: 0 } },
			{ cpu_usage: { total_usage: 0 }, system_cpu_usage: 0 },
			now,
			null,
		]) {
			expect(containerStats({ precpu_stats: before, cpu_stats: now }, true).cpuPercent).toBeNull();
		}
	});

	test.each([
		['version 1', { total_inactive_file: 300, inactive_file: 100, cache: 500 }, 700],
		['version 2', { inactive_file: 300, file: 500 }, 700],
		['a cache larger than the use', { inactive_file: 3000 }, 1000],
		['none told', {}, 1000],
	])('DK-23 memory without what the kernel would give back: control groups %s', (_what, stats, expected) => {
		const shown = containerStats({ memory_stats: { usage: 1000, limit: 2000, stats } }, true);
		expect(shown).toMatchObject({ memoryBytes: expected, memoryPercent: expected / 20 });
	});

	test('DK-23 no network, no limit and nothing at all give null, never a figure that is none', () => {
		for (const sample of [{}, { networks: {} }, { memory_stats: { usage: 5, limit: 0 } }]) {
			for (const figure of Object.values(containerStats(sample, true))) {
				expect(typeof figure === 'number' && !Number.isFinite(figure)).toBe(false);
			}
		}
		expect(containerStats({}, true)).toMatchObject({ networkReceivedBytes: null, memoryPercent: null });
	});
});

test('DK-23 an idle container shows within a point what the docker client shows', async () => {
	await run('shop-idle', ['sleep', '1000'], 64 << 20);
	const [shown, stats] = await Promise.all([
		use.engine.cli('stats', '--no-stream', '--format', '{{.CPUPerc}} {{.MemPerc}} {{.PIDs}}', 'shop-idle'),
		containers().stats('shop-idle'),
	]);
	const [cpu = Number.NaN, memory = Number.NaN, processes] = shown.split(' ').map(Number.parseFloat);
	expect(Math.abs(cpu - (stats.cpuPercent ?? Number.NaN))).toBeLessThan(1);
	expect(Math.abs(memory - (stats.memoryPercent ?? Number.NaN))).toBeLessThan(1);
	expect(stats.processes).toBe(processes);
});

/** What an engine tells. One machine has one version of control groups and its own processors, so the others come from samples. */
const sample = {
	read: '2026-11-22T10:00:01Z',
	preread: '2026-11-22T10:00:00Z',
	cpu_stats: {
		cpu_usage: { total_usage: 26_000_000_000 },
		system_cpu_usage: 200_000_000_000,
		online_cpus: 32,
	},
	precpu_stats: {
		cpu_usage: { total_usage: 1_000_000_000 },
		system_cpu_usage: 100_000_000_000,
		online_cpus: 32,
	},
	memory_stats: { usage: 700 << 20, limit: 1 << 30, stats: { inactive_file: 100 << 20 } },
	pids_stats: { current: 7 },
	networks: { eth0: { rx_bytes: 1000, tx_bytes: 2000 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
};
const { online_cpus: _, ...oldCpu } = sample.cpu_stats;

test.each([
	['32 processors and control groups of version 2', sample],
	[
		'control groups of version 1, no network',
		{
			...sample,
			memory_stats: {
				...sample.memory_stats,
				stats: { total_inactive_file: 300 << 20, inactive_file: 100 << 20 },
			},
			networks: undefined,
		},
	],
	[
		'an old engine that tells processors one by one',
		{
			...sample,
			cpu_stats: {
				...oldCpu,
				cpu_usage: { total_usage: 2_000_000_000, percpu_usage: [1, 1, 1, 1] },
			},
		},
	],
])('DK-23 of the very same sample the docker client shows the same: %s', async (_what, told) => {
	await run('shop-busy', ['sleep', '1000']);
	use.proxy.before = ({ url }) =>
		Promise.resolve(url?.includes('/stats') ? { status: 200, body: JSON.stringify(told) } : undefined);
	const { host, port } = use.proxy;
	const format = '{{.CPUPerc}} {{.MemPerc}} {{.PIDs}}';
	const { stdout } = await promisify(execFile)('docker', [
		...['-H', `tcp://${host}:${port}`, 'stats', '--no-stream', '--format', format, 'shop-busy'],
	]);
	const [cpu = Number.NaN, memory = Number.NaN, processes] = stdout.trim().split(' ').map(Number.parseFloat);
	const stats = await containers().stats('shop-busy');
	expect(cpu).toBeGreaterThan(1);
	expect(stats.cpuPercent).toBeCloseTo(cpu, 1);
	expect(stats.memoryPercent).toBeCloseTo(memory, 1);
	expect(stats.processes).toBe(processes);
});

test('DK-23 a container that does not run, and one without a network, give null for what they have not', async () => {
	const { docker } = use.engine;
	await docker.createContainer({ name: 'shop-off', Image: imageTag('tools') });
	const off = Object.entries(await containers().stats('shop-off')).filter(
		([name]) => !['id', 'name', 'running'].includes(name),
	);
	expect(off.map(([, figure]) => figure)).toEqual(off.map(() => null));
	const alone = await docker.createContainer({
		name: 'shop-alone',
		Image: imageTag('tools'),
		Cmd: ['sleep', '1000'],
		HostConfig: { NetworkMode: 'none' },
	});
	await alone.start();
	expect(await containers().stats('shop-alone')).toMatchObject({
		networkReceivedBytes: null,
		cpuPercent: expect.any(Number),
	});
});

describe('statistics of many', () => {
	test('all that fit come, those that do not run without being asked for, and none that is not covered', async () => {
		await Promise.all(['shop-a', 'shop-b', 'blog-a'].map((name) => run(name, ['sleep', '1000'])));
		const idle = await use.engine.docker.createContainer({ name: 'shop-idle', Image: imageTag('tools') });
		const found = await containers().statsOfMany({});
		expect(found.map((one) => ('stats' in one ? [one.stats.name, one.stats.running] : one))).toEqual([
			['shop-a', true],
			['shop-b', true],
			['shop-idle', false],
		]);
		expect(use.proxy.requests.some((line) => line.includes(`${idle.id}/stats`))).toBe(false);
	});

	test('DK-29 one that hangs becomes a failure and does not hold up the others; DK-8 one that is gone is left out', async () => {
		await run('shop-a', ['sleep', '1000']);
		const hanging = await run('shop-b', ['sleep', '1000']);
		const gone = await run('shop-c', ['sleep', '1000']);
		await run('shop-d', ['sleep', '1000']);
		use.proxy.before = async ({ url }) => {
			if (url?.includes(`${hanging}/stats`)) await new Promise(() => undefined);
			if (url?.includes(`${gone}/stats`)) await use.engine.docker.getContainer(gone).remove({ force: true });
			return undefined;
		};
		const found = await containers(6).statsOfMany({});
		expect(found.map((one) => ('stats' in one ? one.stats.name : one))).toEqual([
			'shop-a',
			{ name: 'shop-b', failure: expect.objectContaining({ code: 'timeout' }) },
			'shop-d',
		]);
	});
});
