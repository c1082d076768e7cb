import type { Scope } from '../../support/scope';
import type { Area, Tell } from '../main';
import { goal } from '../numbers';
import { measurePerson } from './people';
import { readPlans, sequential } from './plans';
import { measureReading } from './reading';
import { openStand } from './stand';
import { measureStoring } from './storing';

/** Messages that are there before anything is measured: 1,000,000 unless the environment says otherwise. */
export const usualMessages = (): number => Number(process.env['OPSDESK_BENCH_MESSAGES'] ?? 1_000_000);

export interface Amounts {
	rounds: number;
	/** In each round. */
	batches: number;
	singles: number;
	reads: number;
}

const usual: Amounts = { rounds: 7, batches: 6, singles: 100, reads: 100 };

/**
 * How fast messages are stored and read beside a million others, against what supabase-js and `pg` do without us; what
 * exporting and erasing a person takes; and whether everything is read by indexes.
 */
export const measure: Area = async (scope, tell) => await measureStore(scope, usualMessages(), tell);

/** The same beside any number of messages (20,000 or more). */
export async function measureStore(scope: Scope, messages: number, tell: Tell, amounts: Amounts = usual) {
	const stand = await openStand(scope, messages, tell);
	try {
		const ways: Record<string, { batches: object; single: object; lastFifty: object }> = {};
		for (const way of stand.ways)
			ways[way.name] = {
				...(await measureStoring(way, stand.size, amounts, tell)),
				lastFifty: await measureReading(way, stand.size, amounts, tell),
			};
		const plans = await readPlans(stand.supabase);
		// Its rows name people, who could not be erased.
		await stand.supabase.exec('drop table public.plain_messages');
		return {
			messages,
			...{ ways, plans },
			sequentialScans: goal(sequential(plans).length, 'exactly', 0),
			person: await measurePerson(stand.ways, stand.size, tell),
		};
	} finally {
		await stand.close();
	}
}
