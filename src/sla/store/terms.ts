import { createHash } from 'node:crypto';
import { z } from 'zod';

import { StoreError, type Store } from '../../store';
import { SlaError } from '../errors';
import { parsePolicy, type PolicyLayer } from '../policy/definition';
import { defaultTiers, layerNames, resolvePolicy, type LayerName, type Policy } from '../policy/resolve';
import type { ScheduleDefinition } from '../schedule/definition';
import { compileSchedule, type CompiledSchedule } from '../schedule/schedule';
import type { ConversationName } from './names';

/** What the layers say of a conversation, as the store has it. */
export const termsSchema = z.object({
	/** Of all that was read here: a plan is refused when something else holds by now. */
	token: z.string(),
	tier: z.string().nullable(),
	/** Not read yet: admins change them in the database as well. */
	layers: z.partialRecord(z.enum(layerNames), z.unknown()),
	monitored: z.boolean(),
	schedule: z
		.object({
			id: z.number(),
			name: z.string(),
			version: z.number(),
			definition: z.custom<ScheduleDefinition>((value) => typeof value === 'object' && value !== null),
		})
		.nullable(),
});

/** What holds for a conversation: what is promised, and what counts. */
export interface Terms {
	token: string;
	/** Without the layers that nobody can read. */
	policy: Policy;
	/** Why a layer cannot be read, naming it. By such terms nothing is begun or planned; what ends, ends all the same. */
	fault: SlaError | undefined;
	monitored: boolean;
	schedule: z.output<typeof termsSchema>['schedule'];
	/** Undefined when there is none that can be read, and the policy asks for working time. */
	found(): CompiledSchedule | undefined;
	/** The same. @throws StoreError `not_found` when there is none; SlaError `invalid_input` for terms that cannot be read */
	compiled(): CompiledSchedule;
}

/** Joins the layers; a tier that nobody has described is one of those that come with the package. */
export function termsOf({ token, tier, layers, monitored, schedule }: z.output<typeof termsSchema>): Terms {
	const known = tier !== null && Object.hasOwn(defaultTiers, tier) ? defaultTiers[tier] : undefined;
	const { said, fault } = readLayers(layers);
	const policy = resolvePolicy({ ...(known && { tier: known }), ...said });
	const read = () => {
		if (fault) throw fault;
		if (schedule) return compiled(schedule.definition);
		const isCalendar = policy.clock === 'calendar' && policy.escalation.clock === 'calendar';
		return isCalendar ? compiled(everyHour) : undefined;
	};
	const found = () => {
		try {
			return read();
		} catch (thrown) {
			if (thrown instanceof SlaError) return undefined;
			throw thrown;
		}
	};
	return { token, policy, fault, monitored, schedule, found, compiled: () => read() ?? refuse() };
}

function readLayers(layers: Partial<Record<LayerName, unknown>>): {
	said: Partial<Record<LayerName, PolicyLayer>>;
	fault: SlaError | undefined;
} {
	const said: Partial<Record<LayerName, PolicyLayer>> = {};
	let fault: SlaError | undefined;
	for (const name of layerNames) {
		if (layers[name] === undefined) continue;
		try {
			said[name] = parsePolicy(layers[name], `policy of the layer "${name}"`);
		} catch (thrown) {
			if (!(thrown instanceof SlaError)) throw thrown;
			fault ??= thrown;
		}
	}
	return { said, fault };
}

function refuse(): never {
	throw new StoreError(
		'not_found',
		'There is no working schedule for this conversation, so no deadline can be told. Nothing was started.',
		'Save a working schedule and make it the default one, or name one in the policy.',
	);
}

const everyHour: ScheduleDefinition = { timezone: 'UTC', always: true };
const mostCompiled = 100;
const known = new Map<string, CompiledSchedule>();

/** To read a schedule and the clocks of its zone takes longer than to answer from it. */
function compiled(definition: ScheduleDefinition): CompiledSchedule {
	const key = createHash('sha256').update(JSON.stringify(definition)).digest('base64');
	const found = known.get(key) ?? compileSchedule(definition);
	// The one that was used last stays longest.
	known.delete(key);
	known.set(key, found);
	const [oldest] = known.keys();
	if (known.size > mostCompiled && oldest !== undefined) known.delete(oldest);
	return found;
}

/** What `get_sla_context` answers, with the terms joined. @throws StoreError `not_found` */
export async function readTerms<Answer extends object>(
	store: Store,
	which: ConversationName,
	schema: z.ZodType<Answer>,
	more: Record<string, unknown> = {},
): Promise<Answer & { terms: Terms }> {
	const answer = z.intersection(schema, z.object({ terms: termsSchema }));
	const read = await store.call('get_sla_context', { ...which, ...more }, { answer, repeatable: true });
	return { ...read, terms: termsOf(read.terms) };
}
