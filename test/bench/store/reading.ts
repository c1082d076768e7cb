import { getMessages } from '../../../src/chat';
import type { Tell } from '../main';
import { goal, median, quantile, rounded } from '../numbers';
import type { Size } from './load';
import { inPairs, seconds } from './pairs';
import type { Way } from './stand';

const slowness = 1.1;

/**
 * The last 50 messages of a conversation against a plain select of the same 50 rows, with their chat, account and author
 * joined. Ours joins the messages that are answered, and files, as well.
 */
export async function measureReading(
	{ name, store, plain }: Way,
	{ conversations }: Size,
	{ reads, rounds }: { reads: number; rounds: number },
	tell: Tell,
): Promise<object> {
	const times: Record<'product' | 'peer', number[]> = { product: [], peer: [] };
	const ask = {
		product: async (conversationId: number) =>
			(await getMessages(store, { conversationId }, { limit: 50 })).items.length,
		peer: (conversation: number) => plain.lastFifty(conversation),
	};
	const side = (who: 'product' | 'peer') => async (round: number) => {
		let all = 0;
		for (let read = 0; read < reads; read += 1) {
			// The same for both, so that neither finds in memory what the other had to fetch.
			const conversation = 1 + (((round * reads + read) * 37) % conversations);
			const time = await seconds(async () => {
				const found = await ask[who](conversation);
				if (found !== 50) throw new Error(`${found} messages were found in place of 50.`);
			});
			times[who].push(time * 1000);
			all += time;
		}
		return all;
	};
	for (let conversation = 1; conversation <= conversations; conversation += 1)
		await plain.lastFifty(conversation);
	const { productSeconds, peerSeconds, ratio } = await inPairs(
		`${name}: last 50 messages`,
		{ product: side('product'), peer: side('peer') },
		rounds,
		tell,
	);
	return {
		timesAsLong: goal(rounded(1 / ratio), 'atMost', slowness),
		medianMs: rounded(median(times.product)),
		p95Ms: rounded(quantile(times.product, 0.95)),
		plainMedianMs: rounded(median(times.peer)),
		plainP95Ms: rounded(quantile(times.peer, 0.95)),
		totalRatio: rounded(productSeconds / peerSeconds),
	};
}
