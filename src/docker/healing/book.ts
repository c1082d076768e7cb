import type { DockerError } from '../errors';
import { summarise, type ListedContainer } from '../summary';
import type { Decision, HealReason } from './decision';
import type { Seen } from './look';
import type { Observation } from './observation';
import { Story, type HealResult } from './result';

/** What becomes of each container in one run. */
export class Book {
	private readonly stories = new Map<string, Story>();
	private readonly names = new Map<string, string>();

	/** Begins the story of a container, unless it has begun. */
	open(container: ListedContainer | undefined): void {
		if (!container || this.stories.has(container.Id)) return;
		const { id, name, project, service } = summarise(container);
		this.names.set(id, name);
		this.stories.set(id, new Story({ id, name, project, service }, Date.now()));
	}

	tell(id: string, decision: Decision, seen?: Observation): void {
		this.stories.get(id)?.add(decision, seen, Date.now());
	}

	tellGone(id: string, name: string, resolved: boolean): void {
		if (!this.stories.has(id))
			this.stories.set(id, new Story({ id, name, project: null, service: null }, Date.now()));
		this.tell(id, { ...nothing('gone', `"${name}" is gone.`), resolved });
	}

	/** It is left alone, since nobody could find out whether it may be restarted. */
	tellUnclear(seen: Observation): void {
		const message = `"${seen.name}" is to be restarted after another container, but it could not be found out whether it is protected. It is left alone: see whether it still works.`;
		this.tell(seen.id, nothing('not_inspected', message), seen);
	}

	note(id: string, sentence: string): void {
		this.stories.get(id)?.note(sentence);
	}

	acted(id: string, error: string | null, after: Observation | undefined): void {
		this.stories.get(id)?.acted(error, after);
	}

	/** Those that were seen; of the others it is told why they were not. */
	seenAmong(found: ReadonlyMap<string, Seen | DockerError>): Map<string, Seen> {
		const seen = new Map<string, Seen>();
		for (const [id, result] of found) {
			if (!(result instanceof Error)) {
				seen.set(id, result);
				continue;
			}
			const name = this.names.get(id) ?? id.slice(0, 12);
			if (result.code === 'not_found') this.tellGone(id, name, false);
			else {
				const message = `Nothing is known of "${name}", since it could not be looked at: ${result.message}`;
				this.tell(id, nothing('not_inspected', message));
			}
		}
		return seen;
	}

	/** Whose next attempt is due when, in milliseconds. */
	waiting(): { id: string; at: number }[] {
		return [...this.stories].flatMap(([id, { waitsUntil }]) =>
			waitsUntil === null ? [] : [{ id, at: waitsUntil }],
		);
	}

	/** Leaves it to another run to tell what this one has not to tell any more. @param own ids of which it still has */
	leaveToOthers(own: ReadonlySet<string>): void {
		for (const [id, story] of this.stories) if (!own.has(id)) story.leaveToOthers();
	}

	/** By name. */
	results(dryRun: boolean): (HealResult & { isWorthTelling: boolean })[] {
		const results = [...this.stories.values()].flatMap((story) => {
			const result = story.result(dryRun);
			return result ? [{ ...result, isWorthTelling: story.isWorthTelling }] : [];
		});
		return results.sort((a, b) => (a.name < b.name ? -1 : 1));
	}
}

function nothing(reason: HealReason, message: string): Decision {
	return {
		...({ action: 'leave', condition: 'unknown', reason, message } as const),
		...{
			alert: null,
			resolved: false,
			attempt: 0,
			nextAttemptAt: null,
			quarantined: false,
			released: null,
			downMs: null,
		},
	};
}
