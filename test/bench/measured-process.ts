import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';

/** The product in a process of its own, whose memory can be looked at. It answers each message with one. */
export class MeasuredProcess {
	private readonly child: ChildProcess;
	private readonly ended: Promise<never>;

	/** @param program file with the process, which works with the built package as its users load it */
	constructor(program: string) {
		this.child = fork(program, [], {
			// Neither the translator of TypeScript nor a profile of this process may weigh on the other.
			execArgv: [],
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
		});
		this.ended = once(this.child, 'exit').then(([code]) => {
			throw new Error(`The process of the product ended with ${code}.`);
		});
		// It is told to whoever asks next.
		this.ended.catch(() => undefined);
	}

	/** @throws when the process has ended instead of an answer */
	async ask(question: object): Promise<unknown> {
		this.child.send(question);
		const [message] = await Promise.race([once(this.child, 'message'), this.ended]);
		return message;
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
