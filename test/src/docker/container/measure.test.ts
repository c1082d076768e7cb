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
		const found = await containers(2).statsOfMany({});
		expect(found.map((one) => ('stats' in one ? one.stats.name : one))).toEqual([
			'shop-a',
			{ name: 'shop-b', failure: expect.objectContaining({ code: 'timeout' }) },
			'shop-d',
		]);
	});
});
