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
});

export type Answer = z.infer<typeof answerSchema>;

/** One thing to do for the product. */
export interface Task {
	operation: 'backUp' | 'restore';
	/** A site as it may be written. */
	site: object;
	/** Fields of the credential of the engine, for a site that needs one. */
	docker?: object | undefined;
	/** As in the context of an operation. */
	secrets?: object | undefined;
	options?: object | undefined;
}

/** The product in a process of its own. */
export class Product {
	private readonly child: ChildProcess = fork(join(__dirname, 'worker.cjs'), [], {
		// Neither the translator of TypeScript nor a profile of this process may weigh on the other.
		execArgv: [],
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});

	/** @throws when the result is not good */
	async run(task: Task): Promise<Answer> {
		this.child.send(task);
		const ended = once(this.child, 'exit').then(([code]) => {
			throw new Error(`The process of the product ended with ${code}.`);
		});
		const [message] = await Promise.race([once(this.child, 'message'), ended]);
		const answer = answerSchema.parse(message);
		if (answer.status !== 'ok') throw new Error(`${task.operation} is not good: ${answer.message}`);
		return answer;
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

/** Runs the product in a process that has done a small piece of such work already, and says how much memory the rest took. */
export async function withProduct<Result extends object>(
	warmUp: Task,
	work: (product: Product) => Promise<Result>,
): Promise<Result & { idleBytes: number; growthBytes: number }> {
	const product = new Product();
	try {
		await product.run(warmUp);
		const idleBytes = product.residentBytes();
		product.forgetPeak();
		const result = await work(product);
		return { ...result, idleBytes, growthBytes: product.peakBytes() - idleBytes };
	} finally {
		await product.end();
	}
}
