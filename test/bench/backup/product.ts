import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const answerSchema = z.object({
	seconds: z.number(),
	status: z.string(),
	message: z.string(),
	storedBytes: z.number(),
	plainBytes: z.number(),
});

export type BackupRun = z.infer<typeof answerSchema>;

/** The product in a process of its own. */
export class Product {
	private readonly child: ChildProcess = fork(join(__dirname, 'worker.cjs'), [], {
		// Neither the translator of TypeScript nor a profile of this process may weigh on the other.
		execArgv: [],
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});

	/**
	 * Backs a site up once.
	 * @param docker fields of the credential of the engine, for a site that needs one
	 * @throws when the backup is not good
	 */
	async backUp(site: object, docker?: object): Promise<BackupRun> {
		this.child.send({ site, docker });
		const ended = once(this.child, 'exit').then(([code]) => {
			throw new Error(`The process that backs up ended with ${code}.`);
		});
		const [answer] = await Promise.race([once(this.child, 'message'), ended]);
		const run = answerSchema.parse(answer);
		if (run.status !== 'ok') throw new Error(`The backup is not good: ${run.message}`);
		return run;
	}

	/** Memory the process holds now, in bytes. */
	residentBytes(): number {
		return this.statusBytes('VmRSS');
	}

	/** The most it has held since forgetPeak. */
	peakBytes(): number {
		return this.statusBytes('VmHWM');
	}

	forgetPeak(): void {
		writeFileSync(`/proc/${this.child.pid}/clear_refs`, '5');
	}

	async end(): Promise<void> {
		this.child.removeAllListeners();
		this.child.kill('SIGKILL');
		await once(this.child, 'exit');
	}

	private statusBytes(field: string): number {
		const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
		return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
	}
}
