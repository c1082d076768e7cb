import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { decideStored, saveRules, summariseReplay, type RuleSetInput } from '../../../src/decide';
import { openDecidingDesk } from '../../src/decide/store/desk';
import { copyDecisions } from '../../src/decide/store/many';
import { openStand } from '../../src/store/stand';
import type { Tell } from '../main';
import { goal, megabytesOf, rounded, type Goal } from '../numbers';

const texts = ['Спасибо!', 'Когда акт?', 'ок', 'Пришлите счёт за июнь', 'Where is my invoice of last month?'];
const other: RuleSetInput = {
	rules: Array.from({ length: 100 }, (_, index) => ({
		id: `rule_${index}`,
		priority: index,
		outcome: 'ignore' as const,
		when: {
			conditions: [
				{
					leftValue: 'message.category',
					rightValue: index === 0 ? 'GRATITUDE' : `NONE_${index}`,
					operator: { type: 'string', operation: 'equals' },
				},
			],
		},
	})),
};

/** Frees what nobody holds, so that what is left is what the replay keeps. */
function collectGarbage(): void {
	setFlagsFromString('--expose-gc');
	(runInNewContext('gc') as () => void)();
}

const memory = {
	/** What the process takes from the system, garbage with it. */
	resident: { bytes: () => process.memoryUsage().rss, everyMs: 20 },
	/** What is held. Collecting takes time, which the measured seconds contain. */
	held: {
		bytes: () => {
			collectGarbage();
			return process.memoryUsage().heapUsed;
		},
		everyMs: 1000,
	},
};

/** How long stored decisions take to be made again by a hundred other rules, and what memory that takes. */
export async function measureReplay(
	amount: number,
	tell: Tell,
	which: keyof typeof memory = 'resident',
): Promise<{ decisions: number; seconds: number; perSecond: number; megabytesMore: Goal }> {
	const { bytes, everyMs } = memory[which];
	const stand = await openStand('bench-replay');
	try {
		const desk = await openDecidingDesk(stand, 'postgres');
		await saveRules(desk.store, {
			rules: [{ id: 'all', outcome: 'escalate', when: { conditions: [] } }],
		});
		for (const text of texts) await decideStored(desk.store, { messageId: await desk.receive({ text }) });
		tell(`${amount} decisions are written`);
		await copyDecisions(desk, amount);
		await desk.sql('analyze opsdesk.decisions, opsdesk.messages');
		await summariseReplay(desk.store, { rules: other, most: 1000 });
		const before = bytes();
		let most = before;
		const watch = setInterval(() => {
			most = Math.max(most, bytes());
		}, everyMs);
		const begun = performance.now();
		const { replayed, different } = await summariseReplay(desk.store, { rules: other });
		const seconds = rounded((performance.now() - begun) / 1000);
		clearInterval(watch);
		if (replayed !== amount || different !== amount / texts.length)
			throw new Error(`${replayed} were made again and ${different} were different.`);
		const megabytes = megabytesOf(most - before);
		tell(`${amount} decisions made again in ${seconds} s with ${megabytes} MB more ${which}`);
		return {
			...{ decisions: amount, seconds, perSecond: Math.round(amount / seconds) },
			megabytesMore: goal(megabytes, 'atMost', 200),
		};
	} finally {
		await stand.close();
	}
}
