import { decideStored, saveRules, summariseReplay, type RuleSetInput } from '../../../src/decide';
import { openDecidingDesk } from '../../src/decide/store/desk';
import { copyDecisions } from '../../src/decide/store/many';
import { openStand } from '../../src/store/stand';
import type { Tell } from '../main';
import { goal, megabytesOf, rounded } from '../numbers';

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

/** How long stored decisions take to be made again by a hundred other rules, and what memory that takes. */
export async function measureReplay(amount: number, tell: Tell): Promise<object> {
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
		globalThis.gc?.();
		const residentBefore = process.memoryUsage().rss;
		let residentMost = residentBefore;
		const watch = setInterval(() => {
			residentMost = Math.max(residentMost, process.memoryUsage().rss);
		}, 20);
		const begun = performance.now();
		const { replayed, different } = await summariseReplay(desk.store, { rules: other });
		const seconds = rounded((performance.now() - begun) / 1000);
		clearInterval(watch);
		if (replayed !== amount || different !== amount / texts.length)
			throw new Error(`${replayed} were made again and ${different} were different.`);
		const megabytes = megabytesOf(residentMost - residentBefore);
		tell(`${amount} decisions made again in ${seconds} s with ${megabytes} MB`);
		return {
			...{ decisions: amount, seconds, perSecond: Math.round(amount / seconds) },
			megabytesMore: goal(megabytes, 'atMost', 200),
		};
	} finally {
		await stand.close();
	}
}
