import type { MessageInput } from '../../../src/shared';
import { storeMessages } from '../../../src/chat';
import type { Tell } from '../main';
import { goal, rounded } from '../numbers';
import { chatId, person, textOf, type Size } from './load';
import { inPairs, seconds } from './pairs';
import type { Row, Way } from './stand';

const batchSize = 500;
const batchSpeed = 0.5;
const singleSpeed = 0.8;

/** Batches and single messages, through our calls and as a plain insert of the same rows over the same transport. */
export async function measureStoring(
	{ name, store, plain }: Way,
	{ conversations }: Size,
	{ batches, singles, rounds }: { batches: number; singles: number; rounds: number },
	tell: Tell,
): Promise<{ batches: object; single: object }> {
	const source = new Source(name, conversations);
	const store500 = async (count: number): Promise<void> => {
		const stored = await storeMessages(store, source.messages(count));
		if (stored.some(({ status }) => status !== 'created')) throw new Error('A new message was not created.');
	};
	await store500(batchSize);
	await plain.insert(source.rows(batchSize));
	const many = await inPairs(
		`${name}: batches of ${batchSize}`,
		{
			product: () => repeated(batches, () => store500(batchSize)),
			peer: () => repeated(batches, () => plain.insert(source.rows(batchSize))),
		},
		rounds,
		tell,
	);
	const single = await inPairs(
		`${name}: single messages`,
		{
			product: () => repeated(singles, () => store500(1)),
			peer: () => repeated(singles, () => plain.insert(source.rows(1))),
		},
		rounds,
		tell,
	);
	return {
		batches: {
			messagesPerSecond: Math.round((batches * batchSize) / many.productSeconds),
			plainMessagesPerSecond: Math.round((batches * batchSize) / many.peerSeconds),
			ratio: goal(many.ratio, 'atLeast', batchSpeed),
		},
		single: {
			milliseconds: rounded((single.productSeconds * 1000) / singles),
			plainMilliseconds: rounded((single.peerSeconds * 1000) / singles),
			ratio: goal(single.ratio, 'atLeast', singleSpeed),
		},
	};
}

/** One after the other, each made before the clock runs. */
async function repeated(times: number, work: () => Promise<void>): Promise<number> {
	let all = 0;
	for (let time = 0; time < times; time += 1) all += await seconds(work);
	return all;
}

/** New messages of people and in conversations that are known, and the rows that these become. */
class Source {
	private last = 0;

	constructor(
		private readonly prefix: string,
		private readonly conversations: number,
	) {}

	messages(count: number): MessageInput[] {
		return Array.from({ length: count }, () => {
			const { n, conversation, sender, sentAt } = this.next();
			return {
				platform: person.platform,
				account: person.account,
				id: `${this.prefix}${n}`,
				chat: { id: chatId(conversation), kind: 'group' as const },
				sender: {
					id: String(700_000 + sender),
					name: `Kolmar Vexley${sender}`,
					username: `kolmar_${sender}`,
				},
				...{ sentAt, text: textOf(n), language: 'en' },
			};
		});
	}

	rows(count: number): Row[] {
		return Array.from({ length: count }, () => {
			const { n, conversation, sender, sentAt } = this.next();
			return {
				tenant_id: 'default',
				conversation_id: conversation,
				chat_id: conversation,
				external_id: `${this.prefix}${n}`,
				direction: 'inbound',
				author: 'contact',
				sender_id: sender,
				sent_at: sentAt,
				content: textOf(n),
				language: 'en',
			};
		});
	}

	private next(): { n: number; conversation: number; sender: number; sentAt: string } {
		this.last += 1;
		const n = this.last;
		const conversation = 1 + (n % this.conversations);
		return {
			...{ n, conversation },
			// Who has written there before.
			sender: 2 + ((conversation * 7 + (n % 5)) % 999),
			sentAt: new Date(Date.UTC(2026, 1, 1) + n * 1000).toISOString(),
		};
	}
}
