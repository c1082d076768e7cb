import type { Store } from '../../store';
import { valid } from '../handover/input';
import type { Outcome } from '../rules/definition';
import { notices, undecided, unposted, unsaid, withoutDesk, type Alert, type Severity } from './alerts';
import { decidedSchema, needsPeople, type Decided, type DecidedInput } from './decided';
import { heardOf, type Heard } from './heard';
import { handOver, post, type Posted } from './post';

export interface CarriedOut {
	messageId: number;
	conversationId: number;
	decisionId: number | null;
	/** What became of it in the end: an answer that cannot be sent is for people then. */
	outcome: Outcome;
	isShadow: boolean;
	/** Of the handover that has it now; null: no people have it. */
	handoverId: number | null;
	/** Of the card at the desk; null: there was none to post. */
	card: Posted | null;
	/** Of what the client is to hear; null: nothing. */
	answer: Posted | null;
	/** What timers are to be told; null: nothing. */
	heard: Heard | null;
	alerts: Alert[];
}

/**
 * Does what was decided on a message: people get it at their desk first, then the client hears what is to be said, both through
 * the outbox. An answer that the outbox does not take goes to people as a draft. On trial nothing is done.
 *
 * The same decision can be carried out again, by a process that dies in between too: nothing is handed over or sent twice.
 *
 * @param severity of alerts for those whom a rule names; default `warning`
 * @throws DecideError `invalid_input`; StoreError when the store cannot be reached or does not know the message
 */
export async function carryOut(
	store: Store,
	input: DecidedInput,
	{ severity = 'warning' }: { severity?: Severity } = {},
): Promise<CarriedOut> {
	const decided = valid('decision', decidedSchema, input);
	const { messageId, conversationId, isShadow, problem } = decided;
	const alerts: Alert[] = problem === undefined ? [] : [undecided(decided, problem)];
	let last = decided;
	let people = needsPeople(decided) ? await toPeople(store, decided) : undefined;
	const answer = isShadow ? null : await toClient(store, decided);
	if (answer?.why !== undefined) {
		if (answer.status === 'failed') alerts.push(unsaid(decided, answer.why, severity));
		if (decided.outcome === 'reply') {
			last = asDraft(decided, answer.why);
			people = await toPeople(store, last);
		}
	}
	return {
		...{ messageId, conversationId, decisionId: decided.decisionId ?? null, outcome: last.outcome, isShadow },
		...{ handoverId: people?.handoverId ?? null, card: people?.card ?? null, answer },
		heard: heardOf(last) ?? null,
		alerts: [...alerts, ...(people?.alerts ?? []), ...notices(decided, severity)],
	};
}

async function toPeople(
	store: Store,
	decided: Decided,
): Promise<{ handoverId: number; card: Posted | null; alerts: Alert[] }> {
	const { opened, card } = await handOver(store, decided);
	const alerts = opened.hasDesk ? [] : [withoutDesk(decided, opened.reason)];
	if (card?.why !== undefined) alerts.push(unposted(decided, card.why));
	return { handoverId: opened.handoverId, card, alerts };
}

async function toClient(store: Store, decided: Decided): Promise<Posted | null> {
	const { text, target, key, outcome, sendAt } = decided;
	if (!text) return null;
	if (!target || !key) return { status: 'failed', why: 'Nobody knows any more where to send it.' };
	// What is deferred is looked at later; what the client hears of that is said now.
	return await post(store, target, { key, text, dueAt: outcome === 'defer' ? undefined : sendAt });
}

const asDraft = (decided: Decided, why: string): Decided => ({
	...decided,
	outcome: 'escalate',
	reason: `Eva has an answer that could not be sent. ${why}`,
	decision: decided.decision && { ...decided.decision, draft: decided.text },
});
