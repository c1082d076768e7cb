import { z } from 'zod';

import type { Parsed } from '../channel';
import { Collector } from '../collect';
import type { ChannelEvent, StatusEvent } from '../event';
import { given, idText, isRecord, listOf } from '../fields';
import { rawOrigin } from '../meta/entries';
import type { Gateway } from './options';

const states: Record<string, StatusEvent['status']['state']> = {
	accepted: 'queued',
	queued: 'queued',
	pending: 'queued',
	sent: 'sent',
	delivered: 'delivered',
	delivrd: 'delivered',
	read: 'read',
	failed: 'failed',
	undelivered: 'failed',
	undeliv: 'failed',
	rejected: 'failed',
	rejectd: 'failed',
	expired: 'failed',
};

/** @param receivedAt for messages that do not say when they were written */
export function parseGatewayBody(body: unknown, { fields }: Gateway, receivedAt: Date): Parsed {
	const collector = new Collector();
	const list = fields.messages === undefined ? [body] : listOf(at(body, fields.messages));
	if (list.length === 0) {
		collector.refuse(fields.messages ?? 'body', 'has no messages', rawOrigin('sms', 'default', body));
	}
	for (const [index, element] of list.entries()) {
		const account = fields.to === undefined ? 'default' : textAt(element, fields.to);
		const origin = rawOrigin('sms', account ?? 'default', element);
		const path = fields.messages === undefined ? 'body' : `${fields.messages}.${index}`;
		collector.take(path, origin, () => [read(element, account ?? 'default', fields, receivedAt)]);
	}
	return collector.parsed;
}

function read(element: unknown, account: string, fields: Gateway['fields'], receivedAt: Date): ChannelEvent {
	const required = (path: string) => idText.parse(at(element, path), { error: () => `${path} is missing` });
	const optional = (path: string | undefined) => (path === undefined ? undefined : textAt(element, path));
	const id = required(fields.id);
	const common = { platform: 'sms', account, raw: element } as const;
	const word = optional(fields.status);
	if (word !== undefined) {
		const state = states[word.toLowerCase()];
		const event = { ...common, id: `sms:${account}:${id}:${word}` };
		return state === undefined
			? { ...event, kind: 'unsupported', type: `status ${word}` }
			: { ...event, kind: 'status', status: { state, messageId: id } };
	}
	const from = required(fields.from);
	const sentAt = (timeOf(optional(fields.sentAt)) ?? receivedAt).toISOString();
	const addresses = fields.mediaUrl === undefined ? [] : listOf(at(element, fields.mediaUrl));
	const attachments = addresses.flatMap((url) =>
		typeof url === 'string' ? [{ kind: 'document', url }] : [],
	);
	return {
		...common,
		id: `sms:${account}:${id}`,
		occurredAt: sentAt,
		kind: 'message',
		message: {
			event: 'message',
			platform: 'sms',
			account,
			id,
			chat: { id: from },
			sender: { id: from, ...given({ name: optional(fields.name) }) },
			sentAt,
			type: attachments.length > 0 ? 'document' : 'text',
			attachments,
			...given({ text: optional(fields.text) }),
		},
	};
}

/** Own fields only: nothing of a program is reached by a name. */
function at(value: unknown, path: string): unknown {
	return path.split('.').reduce<unknown>((part, name) => {
		if (Array.isArray(part)) return part[Number(name)];
		return isRecord(part) && Object.hasOwn(part, name) ? part[name] : undefined;
	}, value);
}

function textAt(value: unknown, path: string): string | undefined {
	const found = at(value, path);
	return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}

const firstMs = 100_000_000_000;

/** @throws ZodError for what is no time */
function timeOf(text: string | undefined): Date | undefined {
	if (text === undefined || text === '') return undefined;
	const number = Number(text);
	const time = Number.isFinite(number) ? new Date(number < firstMs ? number * 1000 : number) : new Date(text);
	return z.date({ error: `the time ${JSON.stringify(text.slice(0, 40))} is none` }).parse(time);
}
