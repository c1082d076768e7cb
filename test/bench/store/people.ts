import { eraseContact, exportContact, storeMessages } from '../../../src/chat';
import type { MessageInput } from '../../../src/shared';
import type { Store } from '../../../src/store';
import type { Tell } from '../main';
import { megabytesOf, rounded } from '../numbers';
import { chatId, person, textOf, type Size } from './load';
import { seconds } from './pairs';
import type { Way } from './stand';

const pulseMs = 20;

/** Exports the person with most messages over both ways, then counts and carries out their erasure over the first one. */
export async function measurePerson(ways: Way[], { ofPerson }: Size, tell: Tell): Promise<object> {
	const exports: Record<string, object> = {};
	for (const { name, store } of ways) {
		const exported = await watched(async () => {
			let messages = 0;
			let bytes = 0;
			for await (const line of exportContact(store, { identity: person })) {
				bytes += line.length;
				if (line.startsWith('{"kind":"message"')) messages += 1;
			}
			if (messages !== ofPerson) throw new Error(`${messages} of ${ofPerson} messages were exported.`);
			return { megabytes: megabytesOf(bytes) };
		});
		exports[name] = exported;
		tell(`${name}: export of ${ofPerson} messages in ${exported.seconds} s`);
	}
	const [{ store }, other] = ways as [Way, Way];
	const dryRun = await watched(() => erase(store, other.store, ofPerson, true));
	tell(`counting what an erasure removes: ${dryRun.seconds} s, others wait ${dryRun.longestWaitMs} ms`);
	const erasure = await watched(() => erase(store, other.store, ofPerson, false));
	tell(`erasure: ${erasure.seconds} s, others wait ${erasure.longestWaitMs} ms`);
	return { messages: ofPerson, exports, dryRun, erasure };
}

/** Others store meanwhile, one message after the other; answers how long the slowest of these took. */
async function erase(
	store: Store,
	other: Store,
	ofPerson: number,
	dryRun: boolean,
): Promise<{ longestWaitMs: number }> {
	let ended = false;
	const waits: number[] = [];
	const storing = (async () => {
		for (let n = 1; !ended; n += 1)
			waits.push(await seconds(() => storeMessages(other, [byOthers(dryRun, n)])));
	})();
	const erased = await eraseContact(store, { identity: person }, { dryRun });
	ended = true;
	await storing;
	const counts =
		erased.status === 'erased'
			? erased.receipt.counts
			: erased.status === 'wouldErase'
				? erased.counts
				: undefined;
	if (counts?.['messages'] !== ofPerson)
		throw new Error(`${ofPerson} messages were to be erased, not: ${JSON.stringify(erased)}.`);
	return { longestWaitMs: Math.round(Math.max(0, ...waits) * 1000) };
}

const byOthers = (dryRun: boolean, n: number): MessageInput => ({
	...{ platform: person.platform, account: person.account, id: `${dryRun ? 'd' : 'e'}${n}` },
	chat: { id: chatId(20), kind: 'group' },
	sender: { id: '700900' },
	...{ sentAt: new Date(Date.UTC(2026, 3, 1) + n * 1000).toISOString(), text: textOf(n) },
});

/** How long it takes, and how much more memory this process holds meanwhile. */
async function watched<Found extends object>(
	work: () => Promise<Found>,
): Promise<Found & { seconds: number; memoryMegabytes: number }> {
	const before = process.memoryUsage.rss();
	let most = before;
	const pulse = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), pulseMs);
	const begun = performance.now();
	const found = await work();
	clearInterval(pulse);
	return {
		...found,
		seconds: rounded((performance.now() - begun) / 1000),
		memoryMegabytes: megabytesOf(most - before),
	};
}
