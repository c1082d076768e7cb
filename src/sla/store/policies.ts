import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions, type Store } from '../../store';
import { parsePolicy, type PolicyLayer } from '../policy/definition';
import { layerNames, type LayerName, type Policy } from '../policy/resolve';
import { conversationFactsSchema, instantSchema, type ConversationFacts } from './answers';
import {
	conversationName,
	nameField,
	scheduleName,
	valid,
	type ConversationName,
	type ScheduleName,
} from './names';
import { readTerms } from './terms';

/**
 * Whose promises: of one chat, of all chats of a tier, of the tenant, or of every tenant that says nothing itself (that
 * one is kept by the tenant `default`).
 */
export type PolicyKey =
	| { layer: 'chat'; key: ConversationName }
	| { layer: 'tier'; key: string }
	| { layer: 'tenant' | 'default'; key?: undefined };

export type PolicyInput = PolicyKey & {
	/** What it leaves out, the next layer says. */
	policy?: PolicyLayer;
	/** The working hours that count. Null: the next layer says. Default: as it is. */
	schedule?: ScheduleName | null;
	/** Whether timers are started at all. Null: the next layer says. Default: as it is. */
	monitored?: boolean | null;
};

const policySchema = z.object({
	id: z.number(),
	layer: z.enum(layerNames),
	/** Of the layer `chat`. */
	conversationId: z.number().nullable(),
	/** Of the layer `tier`. */
	tier: z.string().nullable(),
	policy: z.custom<PolicyLayer>((value) => typeof value === 'object' && value !== null),
	schedule: z.object({ id: z.number(), name: z.string() }).nullable(),
	monitored: z.boolean().nullable(),
	/** One more with each change. */
	version: z.number(),
	createdAt: instantSchema,
	updatedAt: instantSchema,
});
/** What one layer says of promises. */
export type StoredPolicy = z.output<typeof policySchema>;

const openTimersFields = {
	/** Running and paused timers for which it says something: {@link recompute} plans them anew. */
	openTimers: z.number(),
	/** Of the layer `default`: in which tenants they are; each is recomputed for itself. */
	tenants: z.array(z.object({ tenant: z.string(), openTimers: z.number() })).optional(),
};
const openTimersSchema = z.object(openTimersFields);
/** Timers that keep the instants of before, until they are recomputed. */
export type OpenTimers = z.output<typeof openTimersSchema>;

/**
 * Makes what a layer says, or replaces its policy. Timers that run keep their instants until {@link recompute}.
 *
 * @throws SlaError `invalid_input` with every fault of the policy; StoreError `not_found` for the chat or the schedule,
 * `conflict` for the layer `default` in another tenant than `default`
 */
export async function savePolicy(
	store: Store,
	input: PolicyInput,
): Promise<StoredPolicy & OpenTimers & { created: boolean; changed: boolean }> {
	const { policy, schedule, monitored } = input;
	const request = {
		...keyOf(input),
		...(policy !== undefined && { policy: parsePolicy(policy) }),
		...(schedule !== undefined && { schedule: schedule && scheduleName(schedule) }),
		...(monitored !== undefined && { monitored: valid('policy', z.boolean().nullable(), monitored) }),
	};
	const answer = policySchema.extend({ ...openTimersFields, created: z.boolean(), changed: z.boolean() });
	return await store.call('save_sla_policy', request, { answer, repeatable: true });
}

/** All layers of the tenant, by their ids. @throws StoreError */
export async function getPolicies(
	store: Store,
	query: { layer?: LayerName } = {},
	options: PageOptions = {},
): Promise<Page<StoredPolicy>> {
	return await page(store, 'get_sla_policies', { ...query }, pageSchema(policySchema), options);
}

/**
 * Takes away what a layer says. Timers that run keep their instants until {@link recompute}.
 *
 * @returns whether it said anything, and for how many timers
 * @throws SlaError `invalid_input`, StoreError
 */
export async function deletePolicy(
	store: Store,
	which: PolicyKey,
): Promise<OpenTimers & { deleted: boolean }> {
	const answer = openTimersSchema.extend({ deleted: z.boolean() });
	return await store.call('delete_sla_policy', keyOf(which), { answer, repeatable: true });
}

function keyOf({ layer, key }: PolicyKey): Record<string, unknown> {
	valid('policy', z.enum(layerNames, 'must be chat, tier, tenant or default'), layer);
	if (layer === 'chat') return { layer, ...conversationName(key) };
	return layer === 'tier' ? { layer, tier: valid('tier', nameField, key) } : { layer };
}

/** What holds for a conversation now. */
export interface Resolved {
	conversation: ConversationFacts;
	/** Joined of all layers; `from` tells which has said what. */
	policy: Policy;
	monitored: boolean;
	/** Null when no schedule is named, and none is the default. */
	schedule: { id: number; name: string; version: number } | null;
}

/**
 * What is promised in a conversation, and by which working hours it counts.
 *
 * @param which its id, or its name
 * @throws StoreError `not_found`; SlaError `invalid_input` naming the layer that cannot be read
 */
export async function resolveFor(store: Store, which: number | ConversationName): Promise<Resolved> {
	const name = conversationName(typeof which === 'number' ? { conversationId: which } : which);
	const answer = z.object({ conversation: conversationFactsSchema });
	const { conversation, terms } = await readTerms(store, name, answer);
	const { policy, fault, monitored, schedule } = terms;
	if (fault) throw fault;
	return {
		...{ conversation, policy, monitored },
		schedule: schedule && { id: schedule.id, name: schedule.name, version: schedule.version },
	};
}
