import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { getOutbox } from '../../src/channels';
import { channels, chatOf, type Incoming } from './channels/five-channels';
import { accountants, operators, texts, type RoutingDesk } from './routing-desk';

/** What becomes of a message, told from its words. */
interface Expected {
	words: string;
	outcome: 'reply' | 'escalate' | 'route' | 'ignore';
	/** What the client hears of it now. */
	heard?: string;
	/** What the client hears of it in an hour. */
	later?: string;
	/** The chat where somebody has to answer it, whose timer runs. */
	desk?: string;
}

const table: Expected[] = [
	{ words: 'What are your opening hours?', outcome: 'reply', heard: texts['opening hours'] },
	{ words: 'This is unacceptable.', outcome: 'escalate', heard: texts.meanwhile, desk: operators.chatId },
	{ words: 'I need an invoice.', outcome: 'route', desk: accountants.chatId },
	{ words: 'Please send me the catalogue.', outcome: 'reply', later: texts.catalogue },
	{ words: 'Thank you very much!', outcome: 'ignore' },
];

export type RoutedMessage = Incoming & { expected: Expected };

/** So many messages of as many people, each kind on each channel equally often. */
export function routedMessages(count: number): RoutedMessage[] {
	return Array.from({ length: count }, (_, index) => {
		const turn = Math.floor(index / channels.length);
		const expected = table[turn % table.length] ?? table[0];
		const channel = channels[index % channels.length] ?? 'telegram';
		if (!expected) throw new Error('The table is empty.');
		return {
			channel,
			person: turn + 1,
			id: index + 1,
			text: `${expected.words} No. ${index + 1}.`,
			expected,
		};
	});
}

/** Those that were not taken are delivered again, as platforms do, and every fifth one is delivered twice. */
export class Delivery {
	/** When each was handed over first, by its text, in milliseconds since 1970. */
	readonly begunMs = new Map<string, number>();
	readonly pending: Set<RoutedMessage>;

	constructor(
		private readonly desk: RoutingDesk,
		private readonly messages: RoutedMessage[],
	) {
		this.pending = new Set(messages);
	}

	/** Each on time, whether the one before is answered or not. */
	async evenly(perSecond: number): Promise<void> {
		await Promise.all(
			this.messages.map(async (message, index) => {
				await sleep((index * 1000) / perSecond);
				this.begunMs.set(message.text, Date.now());
				await this.deliver(message);
				if (index % 5 === 0) await this.deliver(message);
			}),
		);
	}

	async again(): Promise<void> {
		for (const message of this.pending) await this.deliver(message);
	}

	private async deliver(message: RoutedMessage): Promise<void> {
		const status = await this.desk.channels.deliver(message, this.desk.n8n.n8n.url).catch(() => 0);
		if (status === 200) this.pending.delete(message);
	}
}

const routedSchema = z.object({
	text: z.string(),
	stored: z.number(),
	outcomes: z.array(z.string()),
	decidedMs: z.number().nullable(),
	timers: z.array(z.string()),
});

/** What the store knows of each text. */
async function routed(desk: RoutingDesk): Promise<z.output<typeof routedSchema>[]> {
	const rows = await desk.n8n.stand.supabase.exec(`
		select m.content as text, count(distinct m.id)::int as stored,
			coalesce(array_agg(distinct d.id || ':' || d.outcome) filter (where d.id is not null), '{}') as outcomes,
			(extract(epoch from min(d.decided_at)) * 1000)::float8 as "decidedMs",
			coalesce(array_agg(distinct t.status) filter (where t.status is not null), '{}') as timers
		from opsdesk.messages m
			left join opsdesk.decisions d on d.message_id = m.id
			left join opsdesk.sla_timers t on t.conversation_id = m.conversation_id and t.metric = 'firstResponse'
		where m.direction = 'inbound' group by m.content`);
	return z
		.array(routedSchema)
		.parse(rows)
		.map((row) => ({ ...row, outcomes: row.outcomes.map((one) => one.replace(/^\d+:/, '')) }));
}

const payloadSchema = z.looseObject({ text: z.string().default('') });

/** What is in the outbox in a state: to whom, and the words. */
async function waiting(desk: RoutingDesk, state: 'queued' | 'uncertain') {
	const { items } = await getOutbox(desk.n8n.store, { state }, { limit: 1000 });
	return items.map(({ platform, chatId, dueAt, payload }) => ({
		...{ to: `${platform}:${chatId}`, dueMs: Date.parse(dueAt) },
		text: payloadSchema.safeParse(payload).data?.text ?? '',
	}));
}

/** What differs from the table; nothing when all is well. What is uncertain in the outbox may have been sent or not. */
async function differences(desk: RoutingDesk, messages: RoutedMessage[]): Promise<string[]> {
	const known = new Map((await routed(desk)).map((row) => [row.text, row]));
	const later = (await waiting(desk, 'queued')).filter(({ dueMs }) => dueMs > Date.now() + 30 * 60_000);
	const uncertain = await waiting(desk, 'uncertain');
	return messages.flatMap(({ channel, person, text, expected }) => {
		const row = known.get(text);
		const to = `${channel}:${chatOf(channel, person)}`;
		const heard = desk.channels.sentTo(channel, person);
		const cards = desk.channels.telegram.taken.filter(
			(taken) => taken.chatId === expected.desk && taken.text.includes(text),
		).length;
		const isRight = {
			[`stored ${row?.stored ?? 0} times`]: row?.stored === 1,
			[`decided ${row?.outcomes.join() ?? ''}`]: row?.outcomes.join() === expected.outcome,
			[`timer ${row?.timers.join() ?? ''}`]:
				row?.timers.join() === (expected.desk === undefined ? '' : 'running'),
			[`heard ${JSON.stringify(heard)}`]:
				heard.join() === (expected.heard ?? '') ||
				(heard.length === 0 && uncertain.some((entry) => entry.to === to)),
			[`${cards} cards`]:
				cards === (expected.desk === undefined ? 0 : 1) ||
				(cards === 0 && uncertain.some((entry) => entry.text.includes(text))),
			'not queued for later once':
				later.filter((entry) => entry.to === to && entry.text === expected.later).length ===
				(expected.later === undefined ? 0 : 1),
		};
		const faults = Object.entries(isRight).flatMap(([fault, isSo]) => (isSo ? [] : [fault]));
		return faults.length === 0 ? [] : [`${channel} ${text} ${faults.join(', ')}`];
	});
}

/**
 * Waits until nothing differs from the table any more, and a moment more, in which something too much would come.
 * @returns what differs then
 */
export async function untilRouted(
	desk: RoutingDesk,
	messages: RoutedMessage[],
	timeoutMs: number,
): Promise<string[]> {
	const until = performance.now() + timeoutMs;
	// Looking into the store is work, too, which those that decide have to wait for.
	while ((await differences(desk, messages)).length > 0 && performance.now() < until) await sleep(1000);
	await sleep(2000);
	return await differences(desk, messages);
}

/** From the webhook to the decision, of each that was delivered, in milliseconds, the shortest first. */
export async function decisionTimes(desk: RoutingDesk, { begunMs }: Delivery): Promise<number[]> {
	return (await routed(desk))
		.flatMap(({ text, decidedMs }) => {
			const begun = begunMs.get(text);
			return begun === undefined ? [] : [(decidedMs ?? Infinity) - begun];
		})
		.sort((one, other) => one - other);
}
