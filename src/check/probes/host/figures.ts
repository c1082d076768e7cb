import { percent } from '../service/thresholds';

/** What the kernel says of the machine, as text. */
export interface KernelFigures {
	/** `/proc/stat`, at two instants. */
	stat: [string, string];
	meminfo: string;
	loadavg: string;
}

/** Of a file system, in its own blocks. */
export interface FileSystemFigures {
	blocks: number;
	free: number;
	/** To users other than root. */
	available: number;
	inodes: number;
	freeInodes: number;
}

/** Undefined where the figures do not hold it. */
export type Measured = { percent: number; details: Record<string, number> } | undefined;

/**
 * Share of the time in which the processors were busy between the two instants. Time taken by other machines of the same
 * host (`steal`) counts as busy: it is not there. `guest` stands in `user` already. (proc(5))
 */
export function cpuTaken({ stat: [first, second] }: Pick<KernelFigures, 'stat'>): Measured {
	const [before, after] = [processorTimes(first), processorTimes(second)];
	if (before === undefined || after === undefined) return undefined;
	const total = after.total - before.total;
	if (!(total > 0)) return undefined;
	// The idle times of a kernel may go back a little.
	const idle = Math.min(total, Math.max(0, after.idle - before.idle));
	return { percent: percent(total - idle, total), details: { processors: after.processors } };
}

export function memoryTaken({ meminfo }: Pick<KernelFigures, 'meminfo'>): Measured {
	const [total, available] = ['MemTotal', 'MemAvailable'].map((name) => {
		const [, kibibytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo) ?? [];
		return Number(kibibytes) * 1024;
	});
	if (total === undefined || available === undefined || !(total > 0) || !(available >= 0)) return undefined;
	const details = { totalBytes: total, availableBytes: available };
	return { percent: percent(Math.max(0, total - available), total), details };
}

/** The load of five minutes per processor. */
export function loadTaken({ stat, loadavg }: Pick<KernelFigures, 'stat' | 'loadavg'>): Measured {
	const processors = processorTimes(stat[0])?.processors ?? 0;
	const load = Number(loadavg.split(' ')[1]);
	if (processors === 0 || !(load >= 0)) return undefined;
	return { percent: percent(load, processors), details: { load, processors } };
}

/** As `df` shows it: what is kept for root is neither taken nor available. */
export function diskTaken({ blocks, free, available }: FileSystemFigures): Measured {
	const used = blocks - free;
	if (!(used >= 0) || !(used + available > 0)) return undefined;
	return { percent: percent(used, used + available), details: {} };
}

/** Undefined for file systems that make them as they go. */
export function inodesTaken({ inodes, freeInodes }: FileSystemFigures): Measured {
	if (!(inodes > 0)) return undefined;
	return { percent: percent(inodes - freeInodes, inodes), details: { inodes, freeInodes } };
}

function processorTimes(stat: string): { total: number; idle: number; processors: number } | undefined {
	const [, line] = /^cpu +(.+)$/m.exec(stat) ?? [];
	if (line === undefined) return undefined;
	const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softIrq = 0, steal = 0] = line
		.split(' ')
		.map(Number);
	return {
		total: user + nice + system + idle + waiting + irq + softIrq + steal,
		idle: idle + waiting,
		processors: [...stat.matchAll(/^cpu\d+ /gm)].length,
	};
}
