import { join } from 'node:path';
import { z } from 'zod';

import type { TestEngine } from '../../support/engine';
import { MeasuredProcess } from '../measured-process';

const answerSchema = z.object({ seconds: z.number(), count: z.number(), problem: z.string().optional() });

export interface Question {
	operation: 'sweep' | 'logs' | 'update';
	container?: string;
	/** Lines of a log. */
	tail?: number;
	/** How long open connections have after an update, in seconds. */
	drainSeconds?: number;
}

/** The product in a process of its own, which asks one engine. */
export class Asker extends MeasuredProcess {
	constructor(private readonly engine: TestEngine) {
		super(join(__dirname, 'worker.cjs'));
	}

	/**
	 * @returns how long it took in seconds, and how many there were
	 * @throws when it failed
	 */
	async time(question: Question): Promise<{ seconds: number; count: number }> {
		const credential = {
			connectionType: 'socket',
			socketPath: this.engine.socketPath,
			accessLevel: 'full',
			allowedContainers: '*',
			timeoutSeconds: 60,
		};
		const answer = answerSchema.parse(await this.ask({ ...question, credential }));
		if (answer.problem !== undefined) throw new Error(`${question.operation}: ${answer.problem}`);
		return answer;
	}
}
