import type { IDataObject, IRun, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import type { EngineConnection } from '../../src/docker';
import { FirstConnection, startsByItself } from '../shared/first-connection';
import { toNodeError } from '../shared/node-error';
import { Outage } from '../shared/outage';
import { TriggerMemory } from './memory';
import { triggerParameters, type TriggerParameters } from './parameters';

/** The position moves with events that start nothing, too. */
const saveEveryMs = 30_000;

const words = { lost: 'no longer hears of events', back: 'hears of events again' };

/** Listens to the events of the engine until n8n closes it. @throws NodeOperationError */
export async function listen(context: ITriggerFunctions): Promise<ITriggerResponse> {
	try {
		const parameters = triggerParameters(context);
		if (context.getMode() === 'manual') return listenOnce(context, parameters);
		return await listenOn(context, parameters);
	} catch (thrown) {
		throw toNodeError(context.getNode(), thrown, 0);
	}
}

async function listenOn(
	context: ITriggerFunctions,
	parameters: TriggerParameters,
): Promise<ITriggerResponse> {
	const { EventFollower } = await import('../../src/docker/index.js');
	const memory = await TriggerMemory.open(context, parameters.catchUpMs);
	const outage = new Outage(context, parameters.reportOutageAfterMs, words);
	const ending = new AbortController();
	const first = new FirstConnection();
	const follower = new EventFollower(() => connectionOf(context), ending.signal, {
		...memory.goOn,
		filter: parameters.filter,
		onConnected: () => {
			outage.ended();
			first.made();
		},
		onFailure: (failure) => {
			outage.goesOn(failure);
			first.failed(failure);
		},
	});
	const emit = (event: IDataObject & { eventId: string }): void => {
		const done = context.helpers.createDeferredPromise<IRun>();
		const settled = (): void => memory.done(event);
		done.promise.then(settled, settled);
		context.emit([[{ json: event }]], undefined, done, memory.key(event));
	};
	const work = (async () => {
		for (const event of memory.uncertain) emit({ ...event, redelivered: true });
		for await (const event of follower) {
			if (event.type === 'history_gap' && !parameters.tellGaps) continue;
			memory.begin(event, follower.position);
			emit({ ...event });
		}
	})();
	// Only what nobody has foreseen ends the work; n8n then starts this trigger again by itself.
	const watched = work.catch((thrown: unknown) => {
		first.failed(thrown);
		if (!ending.signal.aborted) context.emitError(toNodeError(context.getNode(), thrown, 0));
	});
	const timer = setInterval(() => void memory.save(follower.position), saveEveryMs).unref();
	const closeFunction = async (): Promise<void> => {
		ending.abort();
		clearInterval(timer);
		await watched;
		await memory.save(follower.position);
	};
	if (!startsByItself(context)) {
		await first.settled.catch(async (thrown: unknown) => {
			await closeFunction();
			throw thrown;
		});
	}
	return { closeFunction };
}

/** For a run by hand: the next event and no other. */
function listenOnce(context: ITriggerFunctions, { filter }: TriggerParameters): ITriggerResponse {
	const ending = new AbortController();
	const manualTriggerFunction = async (): Promise<void> => {
		const { EventFollower } = await import('../../src/docker/index.js');
		const first = new FirstConnection();
		const follower = new EventFollower(() => connectionOf(context), ending.signal, {
			filter,
			onConnected: () => first.made(),
			onFailure: (failure) => first.failed(failure),
		});
		const work = (async () => {
			for await (const event of follower) {
				if (event.type === 'history_gap') continue;
				context.emit([[{ json: { ...event } }]]);
				return;
			}
		})();
		work.catch((thrown: unknown) => first.failed(thrown));
		await first.settled.catch((thrown: unknown) => {
			ending.abort();
			throw toNodeError(context.getNode(), thrown, 0);
		});
	};
	return { manualTriggerFunction, closeFunction: () => Promise.resolve(ending.abort()) };
}

/** Asked for each time, so that a credential that was corrected counts without publishing the workflow anew. */
async function connectionOf(context: ITriggerFunctions): Promise<EngineConnection> {
	const { parseConnection } = await import('../../src/docker/index.js');
	return parseConnection(await context.getCredentials('dockerApi'));
}
