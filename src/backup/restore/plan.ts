import { count } from '../../shared';
import { problemOf } from '../problem';
import type { Problem, RestorePlan } from '../reports';
import type { Restoration } from './carry-out';
import type { TargetFacts } from './target';

type PlannedArtefact = RestorePlan['artefacts'][number];

/**
 * What a restore would do to one target; the target is released.
 * @param content of the artefact, read when it is asked for
 * @param alsoCheck what is refused for all of them together
 */
export async function planRestoration(
	{ artefact, target, paths, tables }: Restoration,
	content: () => AsyncIterable<Buffer>,
	alsoCheck: () => Promise<void> | undefined = () => undefined,
): Promise<PlannedArtefact> {
	let problem: Problem | undefined;
	let facts: TargetFacts = {};
	try {
		await target.check();
		await alsoCheck();
	} catch (thrown) {
		problem = problemOf(thrown);
	}
	try {
		// What could not be looked at is unknown; why stands in the problem.
		facts =
			(await target.facts?.(content).catch((thrown: unknown) => {
				problem ??= problemOf(thrown);
				return {};
			})) ?? {};
	} finally {
		await target.discard().catch(() => {
			// Nothing was made there.
		});
	}
	const { notes = [], stops = [], refusal, ...known } = facts;
	if (refusal) problem ??= problemOf(refusal);
	return {
		name: artefact.name,
		kind: artefact.kind,
		target: target.label,
		plainBytes: artefact.plainBytes,
		...(artefact.entries !== undefined && { entries: artefact.entries }),
		...(paths && { paths }),
		...(tables && { tables }),
		...known,
		stops,
		notes,
		...(problem && { problem }),
	};
}

export function planOf(found: Omit<RestorePlan, 'ok' | 'message'>): RestorePlan {
	const bad = found.artefacts.filter(({ problem }) => problem);
	const replaced = found.artefacts.filter(({ replaces }) => replaces).length;
	const unknown = found.artefacts.filter(
		({ replaces, problem }) => !problem && replaces === undefined,
	).length;
	const message =
		bad.length > 0
			? `Nothing was changed. The restore would be refused: ${bad.map(({ name, problem }) => `${name}: ${problem?.message}`).join(' ')}`
			: [
					`Nothing was changed. ${count(found.artefacts.length, 'artefact')} can be restored;`,
					`what is there now would be replaced, and kept, for ${replaced}${unknown > 0 ? `, and whether it would is unknown for ${unknown}` : ''}.`,
				].join(' ');
	return { ...found, ok: bad.length === 0, message };
}
