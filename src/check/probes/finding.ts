import { errorMessage, maskSecrets, shorten } from '../../shared';
import type { FoundLevel } from '../alert';
import type { Finding } from './probe';

const longestMessage = 500;

/** A finding without an answer of the target: a fault on the way to it, or of what is needed to look at it. */
export class Fault extends Error {
	constructor(
		readonly reason: string,
		message: string,
		readonly level: FoundLevel = 'critical',
		readonly details: Record<string, unknown> = {},
	) {
		super(message);
	}

	finding(details: Record<string, unknown> = {}): Finding {
		return found(this.level, this.reason, this.message, null, { ...details, ...this.details });
	}
}

/**
 * Looks at a target, and makes a finding of whatever is thrown.
 *
 * @param details what is known of the target however it ends; it may grow meanwhile
 */
export async function asFinding(
	look: () => Promise<Finding>,
	details: Record<string, unknown> = {},
): Promise<Finding> {
	try {
		return await look();
	} catch (thrown) {
		if (thrown instanceof Fault) return thrown.finding(details);
		const cause = maskSecrets(errorMessage(thrown));
		return found('unknown', 'internal', `The check could not be done: ${cause}`, null, details);
	}
}

/** A finding whose message is one bounded line, whatever the target has put into it. */
export function found(
	level: FoundLevel,
	reason: string,
	message: string,
	latencyMs: number | null,
	details: Record<string, unknown>,
): Finding {
	return {
		level,
		reason,
		message: oneLine(message, longestMessage),
		latencyMs: latencyMs === null ? null : wholeMs(latencyMs),
		details,
	};
}

/** Text of a foreign program as part of a line: no control or invisible characters, no halves of characters. */
export function oneLine(text: string, maxLength: number): string {
	const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
	return shorten(line, maxLength).replace(/\p{Cs}/gu, '�');
}

/** A time as it is shown; never negative, never finer than a tenth. */
export function wholeMs(durationMs: number): number {
	return Math.max(0, Math.round(durationMs * 10) / 10);
}
