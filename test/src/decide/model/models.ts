import {
	advanceBreaker,
	newBreaker,
	type AskLimits,
	type BreakerState,
	type Invoke,
	type ModelState,
	type ModelUse,
} from '../../../../src/decide';

export const limits: AskLimits = { timeoutMs: 2000, deadlineMs: 5000 };

/** State in memory, with a budget. */
export class MemoryState implements ModelState {
	spent = 0;

	constructor(
		public breaker: BreakerState = newBreaker,
		private readonly budget = Infinity,
	) {}

	readBreaker = (): BreakerState => this.breaker;
	writeBreaker = (state: BreakerState): boolean => {
		this.breaker = state;
		return true;
	};
	maySpend = (tokens: number): boolean => this.spent + tokens <= this.budget;
	spend = (tokens: number): void => {
		this.spent += tokens;
	};
}

/** A breaker that has just opened. */
export const openBreaker = (nowMs = Date.now()): BreakerState =>
	Array.from({ length: 5 }).reduce<BreakerState>(
		(state) => advanceBreaker(state, 'failed', nowMs),
		newBreaker,
	);

export const modelOf = (invoke: Invoke, others: Partial<ModelUse> = {}): ModelUse => ({
	...{ invoke, name: 'test-1', state: new MemoryState(), limits },
	...others,
});

export const good = { outcome: 'reply', confidence: 0.9, reason: 'it asks', text: 'Завтра.' };

/** A model that gives its answers one after the other; an error among them is thrown. */
export function scripted(...answers: (string | object | Error)[]): { invoke: Invoke; prompts: string[] } {
	const prompts: string[] = [];
	return {
		prompts,
		invoke: (messages) => {
			prompts.push(messages.map(({ content }) => content).join('\n'));
			const answer = answers[Math.min(prompts.length, answers.length) - 1] ?? '';
			if (answer instanceof Error) return Promise.reject(answer);
			return Promise.resolve(typeof answer === 'string' ? answer : JSON.stringify(answer));
		},
	};
}

export const failure = (status: number, headers: Record<string, string> = {}): Error =>
	Object.assign(new Error('the key sk-secret and the prompt'), { status, headers });
