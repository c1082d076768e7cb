import { getEventListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

import type * as Backup from '../../../src/backup';
import type { Site } from '../../../src/shared';

// Backs up a site again and again in one process, and tells what it holds after each of some runs. Started with the
// garbage collector at hand, the site and the access to its bucket as JSON.

/** What a process holds. */
export interface Holdings {
	run: number;
	/** Kinds of open files, sockets and pipes with their numbers. */
	descriptors: Record<string, number>;
	/** Timers, sockets and requests that keep the process alive. */
	resources: Record<string, number>;
	threads: number;
	children: number;
	/** On the signal all runs share, on the process, and what Node has warned of. */
	listeners: number;
	warnings: string[];
	/** Of the heap, what is in use after a collection. */
	heapBytes: number;
	/** Of the memory of the process, what is not the heap with its own reserve, which grows by steps. */
	nativeBytes: number;
}

interface Task {
	compiled: string;
	site: Site;
	context: Backup.BackupContext;
	/** Runs after which is told what is held. */
	look: number[];
}

const controller = new AbortController();
const warnings: string[] = [];
process.on('warning', ({ name }) => warnings.push(name));

const counted = (names: string[]): Record<string, number> =>
	Object.fromEntries(
		[...new Set(names)].sort().map((name) => [name, names.filter((other) => other === name).length]),
	);

function look(run: number): Holdings {
	globalThis.gc?.();
	const { rss, heapTotal, heapUsed } = process.memoryUsage();
	const status = readFileSync('/proc/self/status', 'utf8');
	return {
		run,
		descriptors: counted(
			readdirSync('/proc/self/fdinfo').map((fd) => {
				const kind = /^(eventfd|tfd|inotify)/m.exec(readFileIfThere(`/proc/self/fdinfo/${fd}`))?.[1];
				return kind ?? 'other';
			}),
		),
		resources: counted(process.getActiveResourcesInfo()),
		threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]),
		children: readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean)
			.length,
		listeners:
			getEventListeners(controller.signal, 'abort').length +
			process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
		warnings,
		heapBytes: heapUsed,
		nativeBytes: rss - heapTotal,
	};
}

function readFileIfThere(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		// That of the folder which is being read.
		return '';
	}
}

/** A thread that has nothing to do any more needs a moment to end, and a descriptor to be closed. */
async function settled(): Promise<void> {
	let last = '';
	let same = 0;
	for (let looks = 0; looks < 600 && same < 5; looks += 1) {
		await new Promise((resolve) => setTimeout(resolve, 100));
		const { threads, descriptors } = look(0);
		const now = JSON.stringify([threads, descriptors]);
		same = now === last ? same + 1 : 0;
		last = now;
	}
}

async function main({ compiled, site, context, look: at }: Task): Promise<void> {
	const { backUpSite, inOwnThread, verifySite } = (await import(compiled)) as typeof Backup;
	const found: Holdings[] = [];
	const runs = Math.max(...at);
	for (let run = 1; run <= runs; run += 1) {
		// As n8n does it, and as the command does.
		const backUp = run % 5 === 0 ? inOwnThread.backUpSite : backUpSite;
		const { status, message } = await backUp(site, { ...context, signal: controller.signal }, {});
		if (status !== 'ok') throw new Error(message);
		if (run % 10 === 0) await verifySite(site, context, { restorePoint: 'latest' });
		if (!at.includes(run)) continue;
		await settled();
		found.push(look(run));
	}
	console.log(JSON.stringify(found));
}

void main(JSON.parse(process.argv[2] ?? '') as Task);
