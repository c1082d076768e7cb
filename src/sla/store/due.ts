import { randomUUID } from 'node:crypto';
import { z } from 'zod';

import type { Store } from '../../store';
import { claimedSchema, eventsOf, type SlaEvent, type SlaTarget } from './event';
import { idField, nameField, valid } from './names';

export interface ClaimOptions {
	/** Names who hands over, e.g. a process: only it acknowledges. */
	worker: string;
	/** Events of one claim, 1 to 1,000. Default 100. */
	limit?: number;
	/** Milliseconds until what is not acknowledged is handed over again, one second to one day. Default 60,000. */
	leaseMs?: number;
	signal?: AbortSignal;
}

/** What a claim has given. */
export interface Claimed {
	/** In the order in which they became due; at most one of each timer, apart from what is handed over again. */
	events: SlaEvent[];
	/** When something will be due next, in milliseconds since 1970; not later than now when there was more than the limit. */
	nextDueAtMs: number | null;
	/** The clock of the database, which alone decides what is due. */
	clockMs: number;
}

const optionsSchema = z.object({
	worker: nameField,
	limit: z
		.int('must be a whole number')
		.min(1, 'must be from 1 to 1,000')
		.max(1000, 'must be from 1 to 1,000'),
	leaseMs: z
		.int('must be a whole number')
		.min(1000, 'must be from 1 second to 1 day')
		.max(86_400_000, 'must be from 1 second to 1 day'),
});

/**
 * Takes what is due and nobody has, and records each level of it once. Nobody else is given it until the lease ends; then it
 * is handed over again, with the same id and `redelivered: true`. Of several levels of a timer that are due, the last one
 * is handed over and names the others.
 *
 * @throws SlaError `invalid_input`; StoreError
 */
export async function claimDue(store: Store, options: ClaimOptions): Promise<Claimed> {
	const { worker, limit = 100, leaseMs = 60_000, signal } = options;
	const request = valid('claim', optionsSchema, { worker, limit, leaseMs });
	const claimed = await store.call(
		'claim_sla_events',
		// A call that is repeated because its answer was lost finds what it has claimed.
		{ ...request, claim: randomUUID() },
		{ answer: claimedSchema, repeatable: true, signal },
	);
	const { nextDueAtMs, clockMs } = claimed;
	return { events: eventsOf(claimed), nextDueAtMs, clockMs };
}

const lostSchema = z.array(
	z.object({
		id: z.number(),
		/**
		 * `claimed`: the lease has ended, and another worker has it. `superseded`: a later level was due meanwhile. `handedOver`:
		 * another worker has said so. `returned`: it was given back. `gone`: there is no such event, e.g. the conversation was erased.
		 */
		reason: z.enum(['claimed', 'superseded', 'handedOver', 'returned', 'gone']),
	}),
);
/** An event that the worker no longer has, and why. */
export type LostEvent = z.output<typeof lostSchema>[number];

const idsSchema = z.array(idField).max(1000, 'has more than 1,000 entries');

/** A claimed event; without targets it is not kept who was told. */
export type HandedOver = number | { id: number; targets?: readonly SlaTarget[] | undefined };

/**
 * Records that events were handed over, and to whom: they are not handed over again.
 *
 * @param events as they were claimed, or their ids
 * @param worker as it has claimed them
 * @returns `lost`: those it had not any more, which others hand over or have handed over as well
 * @throws SlaError `invalid_input`; StoreError
 */
export async function acknowledge(
	store: Store,
	events: readonly HandedOver[],
	worker: string,
): Promise<{ acknowledged: number[]; lost: LostEvent[] }> {
	const handedOver = events.map((event) => (typeof event === 'number' ? { id: event } : event));
	const ids = handedOver.map(({ id }) => id);
	const request = {
		ids: valid('event ids', idsSchema, ids),
		worker: valid('worker', nameField, worker),
		told: Object.fromEntries(
			handedOver.flatMap(({ id, targets }) => (targets ? [[id, toldOf(targets)]] : [])),
		),
	};
	const answer = z.object({ acknowledged: z.array(z.number()), lost: lostSchema });
	return await store.call('acknowledge_sla_events', request, { answer, repeatable: true });
}

/** Names and addresses stand with the members. */
const toldOf = (targets: readonly SlaTarget[]): object[] =>
	targets.map(({ recipient, members }) => ({
		recipient,
		members: members.map(({ id, identities }) => ({ id, identities })),
	}));

/**
 * Keeps events that are being handed over for longer than their lease: until the new one ends nobody else is given them.
 *
 * @param worker as it has claimed them
 * @param leaseMs from now on, one second to one day
 * @throws SlaError `invalid_input`; StoreError
 */
export async function renew(
	store: Store,
	eventIds: readonly number[],
	worker: string,
	leaseMs: number,
): Promise<{ renewed: number[]; lost: LostEvent[] }> {
	const request = {
		ids: valid('event ids', idsSchema, eventIds),
		...valid('lease', optionsSchema.pick({ worker: true, leaseMs: true }), { worker, leaseMs }),
	};
	const answer = z.object({ renewed: z.array(z.number()), lost: lostSchema });
	return await store.call('renew_sla_events', request, { answer, repeatable: true });
}

/**
 * Returns events that were not handed over: the next claim of anybody takes them at once.
 *
 * @param worker as it has claimed them
 * @throws SlaError `invalid_input`; StoreError
 */
export async function giveBack(
	store: Store,
	eventIds: readonly number[],
	worker: string,
): Promise<{ returned: number[]; lost: LostEvent[] }> {
	const request = {
		ids: valid('event ids', idsSchema, eventIds),
		worker: valid('worker', nameField, worker),
	};
	const answer = z.object({ returned: z.array(z.number()), lost: lostSchema });
	return await store.call('give_back_sla_events', request, { answer, repeatable: true });
}
