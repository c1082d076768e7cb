import type { BreakerState, ModelState } from '../../../../src/decide';

const states = new Map<string, MemoryState>();

/** The state of the model of a node that has no store: it is counted in this process of n8n alone. */
export function stateOfNode(
	workflowId: string | undefined,
	nodeId: string,
	newBreaker: BreakerState,
	budget: { tokens: number; per: 'day' | 'month' } | undefined,
): ModelState {
	const key = `${workflowId ?? ''} ${nodeId}`;
	const state = states.get(key) ?? new MemoryState(newBreaker);
	states.set(key, state);
	return state.within(budget);
}

class MemoryState {
	private spent = 0;
	private period = '';

	constructor(private breaker: BreakerState) {}

	within(budget: { tokens: number; per: 'day' | 'month' } | undefined): ModelState {
		return {
			readBreaker: () => this.breaker,
			writeBreaker: (breaker) => {
				this.breaker = breaker;
				return true;
			},
			maySpend: (tokens) => {
				if (budget === undefined) return true;
				this.begin(budget.per);
				return this.spent + tokens <= budget.tokens;
			},
			spend: (tokens) => {
				this.begin(budget?.per ?? 'day');
				this.spent += tokens;
			},
		};
	}

	/** What was spent belongs to its day or month. */
	private begin(per: 'day' | 'month'): void {
		const period = new Date().toISOString().slice(0, per === 'day' ? 10 : 7);
		if (period === this.period) return;
		this.period = period;
		this.spent = 0;
	}
}
