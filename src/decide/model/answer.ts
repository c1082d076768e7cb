import { z } from 'zod';

import { describeFaults, parseInput } from '../../shared';
import type { ModelAnswer, ModelTask } from '../decide';
import { outcomes, type Outcome } from '../rules/definition';
import { keptText } from '../text/kept';

const mostCharacters = 20_000;
const fence = '```';

/** What a model may answer. */
export interface Allowed {
	task: ModelTask;
	outcomes: readonly Outcome[];
	teams: readonly string[];
}

const schemaFor = ({ task, outcomes: allowed, teams }: Allowed) => {
	const outcome = z
		.enum(outcomes)
		.refine((value) => (task === 'write' ? value === 'reply' : allowed.includes(value)), {
			error: `must be one of: ${task === 'write' ? 'reply' : allowed.join(', ')}`,
		});
	const confidence = z.number().min(0).max(1);
	return z
		.strictObject({
			outcome,
			confidence,
			reason: z.string().min(1).max(1000).transform(keptText),
			text: z.string().max(8000).transform(keptText).optional(),
			team: z
				.string()
				.refine((team) => teams.includes(team), { error: `must be one of: ${teams.join(', ')}` })
				.optional(),
			alternative: z.strictObject({ outcome: z.enum(outcomes), confidence }).optional(),
		})
		.refine((answer) => answer.outcome !== 'route' || answer.team !== undefined, {
			path: ['team'],
			error: 'is missing',
		})
		.refine((answer) => answer.outcome !== 'reply' || (answer.text ?? '').trim() !== '', {
			path: ['text'],
			error: 'is missing',
		});
};

/**
 * Reads what a model wrote: one JSON object of the agreed form and nothing else, at most within a code fence.
 *
 * @returns the answer, or what is wrong with it in words that the model can use
 */
export function readAnswer(
	written: string,
	allowed: Allowed,
): { ok: true; answer: ModelAnswer } | { ok: false; problem: string } {
	if (written.length > mostCharacters) return { ok: false, problem: 'The answer is too long.' };
	let value: unknown;
	try {
		value = JSON.parse(withoutFence(written.trim()));
	} catch {
		return { ok: false, problem: 'The answer is not one JSON object and nothing else.' };
	}
	const parsed = parseInput(schemaFor(allowed), value);
	return parsed.ok
		? { ok: true, answer: parsed.value }
		: { ok: false, problem: `The answer has faults: ${describeFaults(parsed.faults)}.` };
}

/** A model that runs on writes line ends by the thousand: a pattern with several repetitions of them would hardly end. */
function withoutFence(written: string): string {
	const opening = /^```(?:json)?\s/.exec(written)?.[0];
	return opening !== undefined && written.endsWith(fence)
		? written.slice(opening.length, -fence.length)
		: written;
}
