import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What tells a process from every other one, also from a later one with the same number. */
export interface ProcessIdentity {
	host: string;
	pid: number;
	/** In clock ticks since the machine has started; empty when unknown. */
	processStart: string;
	/** Of the running kernel; empty when unknown. */
	bootId: string;
	/** Containers number their processes each for itself; empty when unknown. */
	pidNamespace: string;
}

export function ownIdentity(): ProcessIdentity {
	return {
		host: hostname(),
		pid: process.pid,
		processStart: processStart('self') ?? '',
		bootId: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '',
		pidNamespace: attempt(() => readlinkSync('/proc/self/ns/pid')) ?? '',
	};
}

/**
 * Whether it is certain that a process no longer runs. That can be said only of processes whose number means the
 * same here: same kernel, same namespace. Everything else is unknown, which is false.
 */
export function isGone(other: ProcessIdentity, self = ownIdentity()): boolean {
	const comparable =
		self.bootId !== '' &&
		self.pidNamespace !== '' &&
		other.bootId === self.bootId &&
		other.pidNamespace === self.pidNamespace &&
		other.host === self.host;
	if (!comparable) return false;
	if (!hasProcess(other.pid)) return true;
	const started = processStart(String(other.pid));
	// /proc may hide the processes of other users, so a missing entry there proves nothing.
	if (started === undefined || other.processStart === '') return false;
	return started === 'ended' || started !== other.processStart;
}

function hasProcess(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (thrown) {
		return (thrown as NodeJS.ErrnoException).code !== 'ESRCH';
	}
}

/** Field 22 of `stat`, `ended` for a process of which only the entry is left, undefined when it cannot be read. */
function processStart(pid: string): string | undefined {
	return attempt(() => {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		// The name stands in brackets and may hold anything, so fields are counted from the last bracket.
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : fields[19];
	});
}

function attempt<T>(read: () => T): T | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}
