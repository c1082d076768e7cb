import type { IWebhookFunctions } from 'n8n-workflow';

import type { Reception } from '../../src/channels';
import { maskSecrets } from '../../src/shared';
import { placeOf } from './inbox';

/** Anybody can send requests: the log is not theirs to fill. */
const pauseMs = 60_000;
const mostPlaces = 1000;

const told = new Map<string, { at: number; since: number }>();

/** Tells in n8n's log what was turned away, could not be read, or was signed with the former secret. */
export function reportReception(context: IWebhookFunctions, reception: Reception): void {
	const { rejection, broken, withFormerSecret } = reception;
	if (rejection) warn(context, rejection.reason, `A request was turned away. ${rejection.problem}`);
	if (withFormerSecret) {
		warn(
			context,
			'former',
			'A request was signed with the former secret. Give the platform the current one; once this is not told any more, the former one can go.',
		);
	}
	const [first] = broken;
	if (first) {
		const more = broken.length > 1 ? ` (and ${broken.length - 1} more)` : '';
		warn(context, 'broken', `Part of a request could not be read: ${first.path} ${first.problem}${more}.`);
	}
}

/** At most once a minute for each kind, with how often it was meanwhile. */
export function warn(context: IWebhookFunctions, kind: string, text: string, now = Date.now()): void {
	const key = `${placeOf(context)}:${kind}`;
	const before = told.get(key);
	if (before && now - before.at < pauseMs) {
		before.since += 1;
		return;
	}
	const more = before && before.since > 0 ? ` ${before.since} more since the last time this was told.` : '';
	if (told.size >= mostPlaces) told.clear();
	told.set(key, { at: now, since: 0 });
	context.logger.warn(`"${context.getNode().name}": ${maskSecrets(text)}${more}`);
}
