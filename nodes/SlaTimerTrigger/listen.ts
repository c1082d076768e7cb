import { randomUUID } from 'node:crypto';
import type { IRun, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { errorMessage, OpsdeskError } from '../../src/shared';
import type { DueEvents, SlaEvent } from '../../src/sla';
import type { Store } from '../../src/store';
import { FirstConnection, startsByItself } from '../shared/first-connection';
import { toNodeError } from '../shared/node-error';
import { Outage } from '../shared/outage';
import { triggerParameters, type TriggerParameters } from './parameters';
import { TriggerStore } from './trigger-store';

/** A run that takes longer was started without doubt; nobody is told of its event again. */
const patienceMs = 15 * 60_000;
const planEveryMs = 60_000;
const words = { lost: 'no longer sees what is due', back: 'sees what is due again' };

/** Tells what is due until n8n closes it. @throws NodeOperationError */
export async function listen(context: ITriggerFunctions): Promise<ITriggerResponse> {
	try {
		const parameters = triggerParameters(context);
		if (context.getMode() === 'manual') return showOne(context, parameters);
		return await listenOn(context, parameters);
	} catch (thrown) {
		throw toNodeError(context.getNode(), thrown, 0);
	}
}

async function listenOn(
	context: ITriggerFunctions,
	{ intervalMs, mostAtOnce, leaseMs, mostAttempts, reportOutageAfterMs }: TriggerParameters,
): Promise<ITriggerResponse> {
	const { Watch } = await import('../../src/sla/index.js');
	const store = new TriggerStore(context);
	const outage = new Outage(context, reportOutageAfterMs, words);
	const first = new FirstConnection();
	const ending = new AbortController();
	const watch = new Watch<SlaEvent>(await dueEvents(context, store, leaseMs), {
		...{ intervalMs, mostAtOnce, leaseMs, patienceMs, signal: ending.signal },
		handOver: async (event) => await emit(context, event, mostAttempts),
		onReached: () => {
			outage.ended();
			first.made();
		},
		onFailure: (failure) => {
			outage.goesOn(asOpsdeskError(failure));
			first.failed(failure);
		},
	});
	const watching = watch.run().finally(async () => await store.close());
	const closeFunction = async (): Promise<void> => {
		ending.abort();
		await watching;
	};
	if (!startsByItself(context)) {
		await first.settled.catch(async (thrown: unknown) => {
			await closeFunction();
			throw thrown;
		});
	}
	return { closeFunction };
}

/** For a run by hand: the first event that is due. It stays due for the trigger that is switched on. */
function showOne(context: ITriggerFunctions, { leaseMs }: TriggerParameters): ITriggerResponse {
	const store = new TriggerStore(context);
	const manualTriggerFunction = async (): Promise<void> => {
		try {
			const due = await dueEvents(context, store, leaseMs);
			const { events, nextDueAtMs } = await due.claim(1);
			const [event] = events;
			if (!event) throw nothingDue(nextDueAtMs);
			await due.giveBack([event.id]);
			context.emit([[{ json: { ...event } }]]);
		} catch (thrown) {
			throw toNodeError(context.getNode(), thrown, 0);
		} finally {
			await store.close();
		}
	};
	return { manualTriggerFunction, closeFunction: async () => await store.close() };
}

const nothingDue = (nextDueAtMs: number | null): OpsdeskError =>
	new OpsdeskError(
		'not_found',
		'No warning, breach or escalation is due.',
		nextDueAtMs === null
			? 'None is planned either: start a timer with the node SLA Timer, and try again when it is due.'
			: `The next one is due at ${new Date(nextDueAtMs).toISOString()}: try again then.`,
	);

async function dueEvents(
	context: ITriggerFunctions,
	store: TriggerStore,
	leaseMs: number,
): Promise<DueEvents<SlaEvent>> {
	const sla = await import('../../src/sla/index.js');
	// Not the same after a restart: what this one had claimed before is not its own any more.
	const worker = `n8n:${context.getWorkflow().id}:${context.getNode().id}:${randomUUID()}`;
	let plansAtMs = -Infinity;
	/** What waits for somebody else by now, as after an erasure, is due later than it was planned. */
	const plan = async (own: Store): Promise<void> => {
		if (performance.now() < plansAtMs) return;
		plansAtMs = performance.now() + planEveryMs;
		// What cannot be planned keeps instants that are too early, and holds up nothing that is due.
		await sla.recompute(own, { unplanned: true, dryRun: false }).catch(() => undefined);
	};
	return {
		claim: async (limit) =>
			await store.use(async (own) => {
				await plan(own);
				return await sla.claimDue(own, { worker, limit, leaseMs });
			}),
		acknowledge: async (events) => await store.use((own) => sla.acknowledge(own, events, worker)),
		giveBack: async (ids) => await store.use((own) => sla.giveBack(own, ids, worker)),
		renew: async (ids) => await store.use((own) => sla.renew(own, ids, worker, leaseMs)),
	};
}

/** Resolves when the run has ended, well or not; rejects when there was none. */
async function emit(
	context: ITriggerFunctions,
	event: SlaEvent,
	mostAttempts: number,
): Promise<'done' | 'again'> {
	const done = context.helpers.createDeferredPromise<IRun>();
	context.emit([[{ json: { ...event } }]], undefined, done);
	const run: IRun | undefined = await done.promise;
	const hasFailed = run?.status === 'error' || run?.status === 'crashed';
	return hasFailed && event.attempts < mostAttempts ? 'again' : 'done';
}

const asOpsdeskError = (failure: unknown): OpsdeskError =>
	failure instanceof OpsdeskError
		? failure
		: new OpsdeskError('internal', errorMessage(failure), 'The log of n8n may tell more.');
