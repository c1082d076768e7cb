import type { ITriggerFunctions } from 'n8n-workflow';

import { formatDuration, type OpsdeskError } from '../../src/shared';
import { toNodeError } from './node-error';

/**
 * Tells that what a trigger listens to cannot be reached: at once in n8n's log, and when it lasts as a failed run, which
 * starts the error workflow. The trigger stays active and goes on by itself.
 */
export class Outage {
	private since: number | undefined;
	private reported = false;

	/** @param reportAfterMs undefined: in the log alone */
	constructor(
		private readonly context: ITriggerFunctions,
		private readonly reportAfterMs: number | undefined,
		/** What it does no longer, and what it does again. */
		private readonly words: { lost: string; back: string },
	) {}

	goesOn(failure: OpsdeskError): void {
		if (this.since === undefined) {
			this.since = Date.now();
			this.context.logger.warn(`${this.subject} ${this.words.lost}. ${failure.message} ${failure.remedy}`);
		}
		const lastsMs = Date.now() - this.since;
		if (this.reported || this.reportAfterMs === undefined || lastsMs < this.reportAfterMs) return;
		this.reported = true;
		this.context.saveFailedExecution(toNodeError(this.context.getNode(), failure, 0));
	}

	ended(): void {
		if (this.since === undefined) return;
		const lasted = formatDuration(Date.now() - this.since);
		this.context.logger.info(`${this.subject} ${this.words.back}, after ${lasted}.`);
		this.since = undefined;
		this.reported = false;
	}

	private get subject(): string {
		const { id, name } = this.context.getWorkflow();
		return `"${this.context.getNode().name}" of the workflow "${name ?? id}"`;
	}
}
