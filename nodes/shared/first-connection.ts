import type { ITriggerFunctions } from 'n8n-workflow';

const ownStarts = ['init', 'leadershipChange'];

/**
 * Whether n8n itself has started the trigger; then what it listens to may come later. Whoever publishes a workflow wants
 * to know whether it listens.
 */
export const startsByItself = (context: ITriggerFunctions): boolean =>
	ownStarts.includes(context.getActivationMode());

/** What has become of the first attempt of a trigger to reach what it listens to. */
export class FirstConnection {
	readonly settled: Promise<void>;
	made: () => void = () => {};
	failed: (reason: unknown) => void = () => {};

	constructor() {
		this.settled = new Promise((resolve, reject) => {
			this.made = resolve;
			this.failed = reject;
		});
		// Nobody waits for it when n8n itself starts.
		this.settled.catch(() => undefined);
	}
}
