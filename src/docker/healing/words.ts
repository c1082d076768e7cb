import { count, formatBytes, formatDuration } from '../../shared';
import type { HealReason } from './decision';
import type { Condition, Hold, Observation } from './observation';
import type { HealPolicy } from './policy';

/** What a sentence about a decision is made of. */
export interface Words {
	seen: Observation;
	condition: Condition | 'unknown';
	attempt: number;
	policy?: HealPolicy;
	now?: number;
	nextAttemptAt?: number | null;
	hold?: Hold | undefined;
	protectedBecause?: string | undefined;
}

/** A sentence or two for people: what is wrong and what is done about it. */
export function sentenceFor(reason: HealReason, words: Words): string {
	const { seen, attempt, policy, hold, protectedBecause } = words;
	const name = `"${seen.name}"`;
	const wrong = `${name} ${wrongWith(words)}`;
	const most = policy?.maxRestarts ?? 0;
	switch (reason) {
		case 'well':
			return `${name} ${words.condition === 'unverified' ? 'runs; nothing checks its health' : 'runs and is healthy'}.`;
		case 'starting':
			return `${name} runs; its health is not known yet.`;
		case 'finished':
			return `${name} has done its work (exit code 0).`;
		case 'never_started':
			return `${name} was made and never started.`;
		case 'paused':
			return `${name} is paused, which somebody has done on purpose.`;
		case 'removing':
			return `${name} is being removed.`;
		case 'stopped_by_person':
			return `${name} was stopped through the engine, by a person or a program, and is left stopped.`;
		case 'ignored':
			return `${name} is left alone: it carries the label opsdesk.heal=false.`;
		case 'held_by_backup':
		case 'held_by_update':
		case 'maintenance':
			return `${wrong}. It is left alone: ${hold?.reason ?? 'it is held'}.`;
		case 'protected':
			return `${wrong}. It is not restarted, because ${protectedBecause ?? 'it is protected'}: a person must look at it.`;
		case 'start_period':
			return `${wrong}, but may still be starting; it gets ${until(words)} more.`;
		case 'engine_restarts':
			return `${name} was just restarted by the engine; another look follows in ${until(words)}.`;
		case 'back_off':
			return `${wrong}. The next attempt comes in ${until(words)} (${attempt} of ${most} made).`;
		case 'another_run':
			return `${name} is being healed by another run.`;
		case 'changed_meanwhile':
			return `${name} has changed since it was looked at, and is left alone until the next look.`;
		case 'stop_unknown':
			return `${name} has ended (${exit(seen)}), and the engine does not remember whether somebody stopped it. It is not started: start it, or remove it, if it is not meant to be down.`;
		case 'cannot_be_restarted':
			return `${name} is dead: the engine could not remove it and cannot start it. Remove it with "docker rm -f" on the host and make it anew.`;
		case 'quarantined':
			return `${wrong}. It is in quarantine until somebody starts it, makes it anew, or releases it.`;
		case 'unhealthy':
		case 'failed':
			return `${wrong}. It is ${words.condition === 'unhealthy' ? 'restarted' : 'started'} (attempt ${attempt} of ${most}).`;
		case 'out_of_memory':
			return `${wrong}. It is started (attempt ${attempt} of ${most}). ${memoryAdvice(seen)}`;
		case 'namespace_of_restarted':
			return `${name} shares the network of a container that was restarted, and is restarted after it.`;
		case 'dependency_restarted':
			return `${name} asks to be restarted with a service it depends on, which was restarted.`;
		case 'too_many_restarts':
			return `${wrong} again after ${count(attempt, 'attempt')} to restart it. It is in quarantine: find out why it fails (see its log), then start it.${words.condition === 'out_of_memory' ? ` ${memoryAdvice(seen)}` : ''}`;
		case 'crash_loop':
			return `${name} ends again and again, and the engine keeps restarting it (exit code ${seen.exitCode ?? 'unknown'}). Healing leaves it to a person: find out why it ends (see its log), then restart it.`;
		case 'gone':
			return `${name} is gone.`;
		case 'not_inspected':
			return `${name} could not be looked at once more right before something was to be done, and is left alone until the next look.`;
		case 'state_unusable':
			return `${wrong}. It is left alone: what healing remembers cannot be read or written, so nobody knows how often it was restarted.`;
		case 'manual_start':
			return `${name} was started by somebody and is out of quarantine.`;
		case 'new_image':
			return `${name} was made anew from another image and is out of quarantine.`;
		case 'new_container':
			return `${name} was made anew and is out of quarantine.`;
		case 'by_hand':
			return `${name} was released from quarantine.`;
		case 'recovered':
			return `${name} has run well for ${formatDuration(policy?.resetAfterMs ?? 0)} and is out of quarantine.`;
	}
}

/** How long a trouble has lasted that is over. @param downMs null where nobody knows */
export function troubleOf(downMs: number | null): string {
	return downMs === null ? '' : `It was not well for ${formatDuration(downMs)}.`;
}

function wrongWith({ seen, condition }: Words): string {
	switch (condition) {
		case 'unhealthy':
			return `is unhealthy${seen.healthOutput ? ` (its check says: ${seen.healthOutput})` : ''}`;
		case 'failed':
			return seen.error ? `could not be started (${seen.error})` : `has failed (${exit(seen)})`;
		case 'out_of_memory':
			return `ran out of memory (${exit(seen)}${seen.memoryLimitBytes === null ? '' : `, its limit is ${formatBytes(seen.memoryLimitBytes)}`})`;
		case 'crash_loop':
			return `ends again and again (${exit(seen)})`;
		case 'cut_off':
			return 'is cut off: the container whose network it shares was started after it';
		case 'restarting':
			return 'is being restarted by the engine';
		default:
			return condition === 'starting' ? 'is starting' : 'runs';
	}
}

function memoryAdvice({ memoryLimitBytes }: Observation): string {
	return memoryLimitBytes === null
		? 'It has no limit of its own, so the host itself is short of memory: give containers limits, or the host more memory.'
		: 'Give it more memory, or find out what fills it.';
}

const exit = ({ exitCode }: Observation): string => `exit code ${exitCode ?? 'unknown'}`;

function until({ now = 0, nextAttemptAt }: Words): string {
	return formatDuration(Math.max(0, (nextAttemptAt ?? now) - now));
}
