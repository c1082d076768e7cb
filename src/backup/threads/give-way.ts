import { openSync, readlinkSync, readSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/** On a busy processor a thread of this priority gets a tenth of what n8n's own thread gets. */
const lowPriority = 10;

/**
 * Lets the calling thread give way to n8n's own, so that workflows and webhooks are answered while a backup works.
 * Linux has priorities for single threads; elsewhere nothing is changed.
 */
export function giveWay(): void {
	try {
		setPriority(Number(basename(readlinkSync('/proc/thread-self'))), lowPriority);
	} catch {
		// No such file system, or no right to be modest: the backup works with the priority it has.
	}
}

const restingKey = 'n8n-nodes-opsdesk:threads-rest';

/** Lets the threads that the calling one starts from now on rest when others want their processor: see {@link Rest}. */
export function letThreadsRest(): void {
	setEnvironmentData(restingKey, true);
}

/** A thread that waits less than this part of its time of work has a processor to itself. */
const toleratedWait = 0.3;
/** So many times as long as it had to wait a thread rests, but never longer than so many times its work. */
const restFactor = 3;

/**
 * Lets a thread that works without a pause rest when others want its processor. Its low priority is not enough: a
 * thread that wakes up, such as n8n's for each step of a request, waits for the end of the time slice of the one that
 * works, several milliseconds each time. A processor that nobody else wants is used fully. On the command line, where
 * no n8n shares the process, nothing rests.
 */
export class Rest {
	private readonly never = new Int32Array(new SharedArrayBuffer(4));
	private readonly line = Buffer.alloc(128);
	private readonly file: number | undefined;
	private before = { workMs: 0, waitMs: 0 };

	constructor() {
		if (getEnvironmentData(restingKey) !== true) return;
		try {
			this.file = openSync('/proc/thread-self/schedstat', 'r');
		} catch {
			// Not Linux, or a kernel without these figures: it never rests.
		}
	}

	/** To be called when a piece of work begins. */
	begin(): void {
		this.before = this.times();
	}

	/** To be called when it is done; comes back after the rest. */
	end(): void {
		const { workMs, waitMs } = this.times();
		const work = workMs - this.before.workMs;
		const wait = waitMs - this.before.waitMs;
		if (wait <= work * toleratedWait) return;
		Atomics.wait(this.never, 0, 0, restFactor * Math.min(wait, work));
	}

	/** Time on a processor and time of waiting for one, as in proc(5), `/proc/[pid]/schedstat`. */
	private times(): { workMs: number; waitMs: number } {
		if (this.file === undefined) return { workMs: 0, waitMs: 0 };
		const length = readSync(this.file, this.line, 0, this.line.length, 0);
		const [work, wait] = this.line.toString('latin1', 0, length).split(' ');
		return { workMs: Number(work) / 1e6, waitMs: Number(wait) / 1e6 };
	}
}
