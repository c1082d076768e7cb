import { z } from 'zod';

import { shorten } from '../../shared';
import type { StopHistory } from '../events';
import { plainText } from '../log-lines';
import { describeContainer, type InspectedContainer } from '../summary';
import { keepsRunning, youngMs } from './condition';
import type { Observation, StoppedBy } from './observation';

/** A container with this label of the value `false` is left alone. */
export const healLabel = 'opsdesk.heal';

const text = z
	.string()
	.nullish()
	.transform((value) => value ?? '');

const details = z.looseObject({
	Image: text,
	State: z.looseObject({
		Health: z
			.looseObject({
				Log: z
					.array(z.looseObject({ Start: text, ExitCode: z.number().nullish(), Output: text }))
					.nullish()
					.catch(null),
			})
			.nullish(),
	}),
	Config: z.looseObject({
		Healthcheck: z.looseObject({ StartPeriod: z.number().nullish() }).nullish(),
	}),
	HostConfig: z
		.looseObject({
			RestartPolicy: z.looseObject({ MaximumRetryCount: z.number().nullish() }).nullish(),
		})
		.nullish(),
});

/** What a check has written may be 4 KB of anything. */
const shownOutput = 200;

/**
 * What healing wants to know of a container.
 *
 * @param engineNowMs by the engine's clock, which need not be that of n8n
 * @param history undefined where the engine's events could not be read
 */
export function observe(
	container: InspectedContainer,
	engineNowMs: number,
	history: Pick<StopHistory, 'whoStopped'> | undefined,
): Observation {
	const found = describeContainer(container);
	const { Image, State, Config, HostConfig } = details.parse(container);
	const startedAt = instant(found.startedAt);
	const checks = State.Health?.Log ?? [];
	const sinceStart = checks.filter(({ Start }) => (instant(Start) ?? 0) >= (startedAt ?? 0));
	const failed = checks.findLast(({ ExitCode }) => ExitCode !== 0);
	const observation: Observation = {
		id: found.id,
		name: found.name,
		imageId: Image,
		state: found.state,
		health: found.health,
		healthOutput:
			shorten(
				plainText(failed?.Output ?? '')
					.replace(/\s+/g, ' ')
					.trim(),
				shownOutput,
			) || null,
		exitCode: found.exitCode,
		outOfMemory: found.outOfMemory,
		error: found.error === null ? null : shorten(plainText(found.error).trim(), 300),
		restartCount: found.restartCount,
		restartPolicy: found.restartPolicy,
		mostRetries: HostConfig?.RestartPolicy?.MaximumRetryCount ?? 0,
		startedAt,
		finishedAt: instant(found.finishedAt),
		ageMs: startedAt === null ? null : Math.max(0, engineNowMs - startedAt),
		startPeriodMs: Math.max(0, Config.Healthcheck?.StartPeriod ?? 0) / 1e6,
		wasHealthy: sinceStart.some(({ ExitCode }) => ExitCode === 0),
		memoryLimitBytes: found.memoryLimitBytes,
		stoppedBy: 'unknown',
		ignored: found.labels[healLabel] === 'false',
	};
	if (observation.state !== 'exited') return observation;
	const ending = history?.whoStopped(found.id, found.startedAt);
	if (ending?.by === 'oom') return { ...observation, outOfMemory: true, stoppedBy: 'crash' };
	return { ...observation, stoppedBy: whoEnded(observation, ending?.by ?? 'unknown') };
}

/** Ends by a signal that no stop and no kill by a person sends: illegal instruction, abort, bus error, and the like. */
const faultSignals = new Set([128 + 4, 128 + 6, 128 + 7, 128 + 8, 128 + 11]);

/**
 * Where the engine does not remember the end, the state it left behind sometimes tells that no person has brought it
 * about. All else stays unknown.
 */
function whoEnded(seen: Observation, told: 'person' | 'crash' | 'unknown'): StoppedBy {
	if (told !== 'unknown') return told;
	// Both facts stay with a container that has run for weeks since, until a person stops it.
	const endedYoung =
		seen.startedAt !== null && seen.finishedAt !== null && seen.finishedAt - seen.startedAt < youngMs;
	const hasGivenUp =
		endedYoung &&
		seen.restartPolicy === 'on-failure' &&
		seen.mostRetries > 0 &&
		seen.restartCount >= seen.mostRetries;
	const isFault =
		seen.error !== null ||
		(seen.outOfMemory && endedYoung) ||
		faultSignals.has(seen.exitCode ?? 0) ||
		(hasGivenUp && seen.exitCode !== 0);
	return isFault ? 'crash' : 'unknown';
}

/** Whether it takes the engine's events to judge it. */
export function needsHistory(container: InspectedContainer): boolean {
	const { State, HostConfig } = container;
	if (State.Status !== 'exited') return false;
	return State.ExitCode !== 0 || keepsRunning(HostConfig?.RestartPolicy?.Name || 'no');
}

function instant(said: string | null): number | null {
	if (said === null || said === '') return null;
	const milliseconds = Date.parse(said);
	return Number.isNaN(milliseconds) ? null : milliseconds;
}
