import { join } from 'node:path';
import { z } from 'zod';

import { MeasuredProcess } from '../measured-process';

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
export class Product extends MeasuredProcess {
	constructor() {
		super(join(__dirname, 'worker.cjs'));
	}

	/** @throws when the result is not good */
	async run(task: Task): Promise<Answer> {
		const answer = answerSchema.parse(await this.ask(task));
		if (answer.status !== 'ok') throw new Error(`${task.operation} is not good: ${answer.message}`);
		return answer;
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
