import type { EngineConnection } from '../connection';
import { Access } from '../access';
import { Engine } from '../engine';
import { describeEvent, isoInstant, nanoseconds, type RawEvent } from './event';
import { engineNow, readRemembered } from './read';

/** Who has ended a container, as far as the engine's events tell. */
export interface Ending {
	/**
	 * `person`: it was asked to end, by whoever uses the engine (this package too). `unknown`: the engine does not
	 * remember it, or not enough of what was before.
	 */
	by: 'person' | 'crash' | 'oom' | 'unknown';
	/** When it ended; null where that is not remembered. */
	at: string | null;
	exitCode: number | null;
	/** In a sentence, why that is so. */
	reason: string;
}

/** As many events as the engine remembers: with fewer, all since its start are there. */
const memorySize = 256;
/** A signal is followed by the end within the grace time, which is 10 seconds unless set. */
const killReachNano = 30_000_000_000n;
/** Signals that a program usually takes as something else than "end": they count only right before it ends. */
const otherSignals = new Set([1, 10, 12, 17, 18, 20, 28]);
const atOnceNano = 2_000_000_000n;

/**
 * What the engine remembers, read once and asked for any number of containers. It knows nothing of rights: only ids of
 * containers that were looked at within them are asked for.
 */
export class StopHistory {
	constructor(private readonly remembered: readonly RawEvent[]) {}

	/** @throws DockerError `not_permitted` */
	static async read(connection: EngineConnection, signal?: AbortSignal): Promise<StopHistory> {
		new Access(connection).requireAction('events');
		const engine = new Engine(connection);
		const now = await engineNow(engine, signal);
		return new StopHistory(await readRemembered(engine, 1n, now, signal));
	}

	/**
	 * Who has ended a container that does not run.
	 *
	 * @param containerId full id
	 * @param since the container's last start (`startedAt`): what was before is of no interest
	 */
	whoStopped(containerId: string, since?: string | null): Ending {
		const own = this.remembered.filter(
			({ type, subjectId, timeNano }) =>
				type === 'container' &&
				subjectId === containerId &&
				timeNano >= ((since && nanoseconds(since)) || 0n),
		);
		const last = own.findLastIndex(({ action }) => action === 'die');
		const die = own[last];
		if (die === undefined) {
			return unknown(
				null,
				null,
				this.remembered.length < memorySize
					? 'the engine has been started since it ended'
					: 'the engine has forgotten its end over newer events',
			);
		}
		const at = isoInstant(die.timeNano);
		const exitCode = describeEvent(die)?.exitCode ?? null;
		const start = own.slice(0, last).findLastIndex(({ action }) => action === 'start');
		const before = own.slice(start + 1, last);
		const after = own.slice(last + 1);
		if (after.some(({ action }) => action === 'stop')) {
			return { by: 'person', at, exitCode, reason: 'it was stopped' };
		}
		const kill = before.findLast((event) => isMeantToEnd(event, die));
		if (kill) {
			const signal = describeEvent(kill)?.signal;
			return { by: 'person', at, exitCode, reason: `it was sent signal ${signal ?? '?'}` };
		}
		// The engine learns of both on ways of their own, and on a busy machine of the end first.
		const restart = after.findIndex(({ action }) => action === 'start');
		const around = [...before, ...(restart === -1 ? after : after.slice(0, restart))];
		if (around.some(({ action }) => action === 'oom')) {
			return { by: 'oom', at, exitCode, reason: 'it had no memory left' };
		}
		if (start === -1 && !this.reachesBefore(die.timeNano - killReachNano, since)) {
			return unknown(at, exitCode, 'the engine has forgotten what came before its end');
		}
		return { by: 'crash', at, exitCode, reason: 'it ended without having been asked to' };
	}

	private reachesBefore(timeNano: bigint, since: string | null | undefined): boolean {
		if (this.remembered.length < memorySize) return true;
		const oldest = this.remembered[0]?.timeNano;
		const started = since ? nanoseconds(since) : undefined;
		return oldest !== undefined && (oldest <= timeNano || (started !== undefined && oldest <= started));
	}
}

function isMeantToEnd(event: RawEvent, die: RawEvent): boolean {
	if (event.action !== 'kill') return false;
	const signal = describeEvent(event)?.signal ?? 15;
	return !otherSignals.has(signal) || die.timeNano - event.timeNano <= atOnceNano;
}

function unknown(at: string | null, exitCode: number | null, reason: string): Ending {
	return { by: 'unknown', at, exitCode, reason };
}
