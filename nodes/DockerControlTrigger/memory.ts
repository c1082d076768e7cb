import { createHash } from 'node:crypto';
import type { IDataObject, ITriggerFunctions } from 'n8n-workflow';

import type { EventPosition, FollowOptions, HandOver, ToldEvent } from '../../src/docker';
import { errorMessage, FileStateStore, n8nStateFolder, StateKeeper } from '../../src/shared';

/** What arrives within this time is written to the file at once. */
const gatherMs = 250;
/** A workflow that is published anew goes on; one that was switched off for longer by a person begins anew. */
const republishedMs = 60_000;

/**
 * What one trigger has handed over to n8n, in two places. n8n itself saves the static data of a workflow when an event is
 * handed over, and at no other time; so what is known later stands in a file. Where there is no such file, as under
 * another main process of n8n, the last event before may start the workflow a second time: n8n knows it by its key,
 * unless its versions are old or the run is not kept.
 */
export class TriggerMemory {
	private timer: NodeJS.Timeout | undefined;
	private warned = false;

	private constructor(
		private readonly context: ITriggerFunctions,
		private readonly file: StateKeeper,
		private readonly handOver: HandOver,
		/** Where to go on; from now on when empty. */
		readonly goOn: Pick<FollowOptions, 'from' | 'awaySince' | 'notBefore'>,
	) {}

	/** @param catchUpMs how long n8n may have been away to go on where it was; undefined: it begins anew */
	static async open(context: ITriggerFunctions, catchUpMs: number | undefined): Promise<TriggerMemory> {
		const { HandOver } = await import('../../src/docker/index.js');
		const place = createHash('sha256').update(identity(context)).digest('hex').slice(0, 32);
		const file = new StateKeeper(new FileStateStore(n8nStateFolder()), `docker-events/${place}`);
		const kept = await file.read().catch(() => undefined);
		const handOver = new HandOver([staticData(context)['handOver'], kept]);
		const awayMs = Date.now() - (handOver.keptAt?.getTime() ?? 0);
		const switchedOff = context.getActivationMode() === 'activate' && awayMs > republishedMs;
		if (catchUpMs === undefined || handOver.from === undefined || switchedOff) {
			handOver.forget();
			return new TriggerMemory(context, file, handOver, {});
		}
		return new TriggerMemory(context, file, handOver, {
			from: handOver.from,
			awaySince: handOver.keptAt,
			...(awayMs > catchUpMs && { notBefore: new Date(Date.now() - catchUpMs) }),
		});
	}

	/** Events of which it is not known whether they have started the workflow. */
	get uncertain(): IDataObject[] & { eventId: string }[] {
		return this.handOver.uncertain as IDataObject[] & { eventId: string }[];
	}

	/** To be called right before the event is handed over, with which n8n saves it. */
	begin(event: ToldEvent, position: EventPosition | undefined): void {
		this.handOver.begin(event, position);
		staticData(this.context)['handOver'] = this.handOver.record();
	}

	done(event: { eventId: string }): void {
		this.handOver.done(event);
		this.timer ??= setTimeout(() => void this.save(), gatherMs).unref();
	}

	/** The place of an event among the runs that n8n keeps. */
	key({ eventId }: { eventId: string }): string {
		return `docker-event:${identity(this.context)}:${eventId}`;
	}

	/** @param position everything up to here has been seen */
	async save(position?: EventPosition): Promise<void> {
		this.handOver.moveTo(position);
		clearTimeout(this.timer);
		this.timer = undefined;
		try {
			await this.file.write(this.handOver.record());
		} catch (thrown) {
			if (this.warned) return;
			this.warned = true;
			this.context.logger.warn(
				`Docker Control Trigger cannot keep which events have arrived: ${errorMessage(thrown)} After a restart of n8n the last one may be told again.`,
			);
		}
	}
}

function staticData(context: ITriggerFunctions): Record<string, unknown> {
	return context.getWorkflowStaticData('node');
}

function identity(context: ITriggerFunctions): string {
	return `${context.getWorkflow().id}:${context.getNode().id}`;
}
