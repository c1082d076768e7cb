import { createHash } from 'node:crypto';

import type { Platform } from '../../platform';
import { type Collector, type Origin } from '../collect';
import { isRecord, listOf } from '../fields';

/** One part of a notification: a change, or an event of a conversation. */
export interface Part {
	/** Id of the page, account or business that the entry is about. */
	entryId: string;
	/** The list that it stands in, such as `changes` or `messaging`. */
	list: string;
	path: string;
	value: Record<string, unknown>;
}

/**
 * Goes through all entries of a notification and each list in them, in their order.
 *
 * @param expected the word for what the notification is about, such as `page`
 */
export function eachPart(
	{
		body,
		platform,
		expected,
		lists,
	}: { body: unknown; platform: Platform; expected: string; lists: string[] },
	collector: Collector,
	take: (part: Part) => void,
): void {
	const { object, entry } = isRecord(body) ? body : {};
	if (object !== expected) {
		const origin = rawOrigin(platform, 'unknown', body);
		collector.refuse('object', `is ${JSON.stringify(object)?.slice(0, 60)} and not "${expected}"`, origin);
		return;
	}
	for (const [index, element] of listOf(entry).entries()) {
		const path = `entry.${index}`;
		const entryId = isRecord(element) && element['id'] !== undefined ? String(element['id']) : 'unknown';
		const present = isRecord(element) ? lists.filter((list) => element[list] !== undefined) : [];
		if (!isRecord(element) || present.length === 0) {
			collector.refuse(path, `has none of ${lists.join(', ')}`, rawOrigin(platform, entryId, element));
			continue;
		}
		for (const list of present) {
			for (const [place, value] of listOf(element[list]).entries()) {
				const partPath = `${path}.${list}.${place}`;
				if (isRecord(value)) take({ entryId, list, path: partPath, value });
				else collector.refuse(partPath, 'is no object', rawOrigin(platform, entryId, value));
			}
		}
	}
}

/** Names what has no id of its own by what it says: it is the same when it comes again. */
export function rawOrigin(platform: Platform, account: string, raw: unknown): Origin {
	const digest = createHash('sha256')
		.update(JSON.stringify(raw) ?? '')
		.digest('hex')
		.slice(0, 32);
	return { id: `${platform}:${account}:raw:${digest}`, platform, account, raw };
}
