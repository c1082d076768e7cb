import { z } from 'zod';

const count = z.number().catch(0);
const figure = z.number().nullish();
const cpu = z
	.object({
		cpu_usage: z.object({ total_usage: count, percpu_usage: z.array(z.number()).nullish() }).nullish(),
		system_cpu_usage: figure,
		online_cpus: figure,
	})
	.nullish();

/** The engine's answer; a container that does not run answers with empty parts. */
export const engineStats = z.looseObject({
	read: z.string().nullish(),
	cpu_stats: cpu,
	precpu_stats: cpu,
	memory_stats: z
		.object({
			usage: figure,
			limit: figure,
			stats: z.record(z.string(), z.number().catch(0)).nullish(),
		})
		.nullish(),
	pids_stats: z.object({ current: figure }).nullish(),
	networks: z.record(z.string(), z.object({ rx_bytes: count, tx_bytes: count })).nullish(),
	blkio_stats: z
		.object({ io_service_bytes_recursive: z.array(z.object({ op: z.string(), value: count })).nullish() })
		.nullish(),
});
export type EngineStats = z.infer<typeof engineStats>;

/** Use of resources at one moment; null where the engine has no figure, never a made-up zero. */
export interface ContainerStats {
	running: boolean;
	/** 100 is one processor fully used, as `docker stats` shows it. */
	cpuPercent: number | null;
	/** Without the file cache that the kernel would give back, as `docker stats` shows it. */
	memoryBytes: number | null;
	memoryLimitBytes: number | null;
	memoryPercent: number | null;
	networkReceivedBytes: number | null;
	networkSentBytes: number | null;
	blockReadBytes: number | null;
	blockWrittenBytes: number | null;
	processes: number | null;
	readAt: string | null;
}

/** Computes the figures of `docker stats` (docker/cli, cli/command/container/stats_helpers.go). */
export function containerStats(stats: EngineStats, running: boolean): ContainerStats {
	const memoryBytes = running ? memoryInUse(stats) : null;
	const memoryLimitBytes = running ? positive(stats.memory_stats?.limit) : null;
	const networks = running && stats.networks ? Object.values(stats.networks) : null;
	const blockIo = running ? (stats.blkio_stats?.io_service_bytes_recursive ?? null) : null;
	const blockBytes = (op: string) =>
		blockIo && sum(blockIo.filter((entry) => entry.op.toLowerCase() === op).map((entry) => entry.value));
	return {
		running,
		cpuPercent: running ? cpuPercent(stats) : null,
		memoryBytes,
		memoryLimitBytes,
		memoryPercent:
			memoryBytes === null || memoryLimitBytes === null
				? null
				: rounded((memoryBytes / memoryLimitBytes) * 100),
		networkReceivedBytes: networks && sum(networks.map((network) => network.rx_bytes)),
		networkSentBytes: networks && sum(networks.map((network) => network.tx_bytes)),
		blockReadBytes: blockBytes('read'),
		blockWrittenBytes: blockBytes('write'),
		processes: running ? (stats.pids_stats?.current ?? null) : null,
		readAt: running && !stats.read?.startsWith('0001-') ? stats.read || null : null,
	};
}

/** Share of the time between two samples; null until there are two. */
function cpuPercent({ cpu_stats: now, precpu_stats: before }: EngineStats): number | null {
	if (!now?.cpu_usage || !before?.cpu_usage) return null;
	if (!before.system_cpu_usage || !now.system_cpu_usage) return null;
	const system = now.system_cpu_usage - before.system_cpu_usage;
	const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
	const processors = now.online_cpus || now.cpu_usage.percpu_usage?.length || 1;
	if (system <= 0 || used < 0) return null;
	return rounded((used / system) * processors * 100);
}

/** cgroup v1 counts the inactive file cache as `total_inactive_file`, v2 as `inactive_file`. */
function memoryInUse({ memory_stats: memory }: EngineStats): number | null {
	if (typeof memory?.usage !== 'number') return null;
	const cache = memory.stats?.['total_inactive_file'] ?? memory.stats?.['inactive_file'] ?? 0;
	return cache < memory.usage ? memory.usage - cache : memory.usage;
}

function positive(value: number | null | undefined): number | null {
	return value && value > 0 ? value : null;
}

function sum(values: number[]): number {
	return values.reduce((total, value) => total + value, 0);
}

function rounded(value: number): number {
	return Math.round(value * 100) / 100;
}
