import { randomUUID } from 'node:crypto';
import { z } from 'zod';

import { formatBytes, maskSecrets, shorten } from '../../shared';
import { page, pageSchema, type Page, type PageOptions } from '../paging';
import type { Store } from '../store';
import { kept, valid } from './input';

const levelField = z.enum(['debug', 'info', 'warning', 'error', 'fatal']);

const mostMessage = 10_000;
const mostStack = 50_000;
const mostMetadata = 64_000;
const deepest = 20;

const errorSchema = z.strictObject({
	/** What is wrong. */
	message: z.string().min(1, { error: 'must not be empty' }),
	level: levelField.default('error'),
	stack: z.string().optional(),
	metadata: z.record(z.string(), z.unknown()).default({}),
	/** ISO 8601. Default: now, by the clock of the database. */
	occurredAt: z.iso.datetime({ offset: true }).optional(),
	/** Names this fault, e.g. the id of an execution: recorded again, it is stored once. */
	key: z.string().min(1).max(500).optional(),
});
export type ErrorInput = z.input<typeof errorSchema>;

const entrySchema = z.object({
	id: z.number(),
	at: z.string(),
	level: levelField,
	message: z.string(),
	stack: z.string().optional(),
	metadata: z.record(z.string(), z.unknown()),
	key: z.string().optional(),
});
export type ErrorEntry = z.output<typeof entrySchema>;

/** Names of fields whose whole value is a secret. */
const secretName =
	/pass(?:word|wd|phrase)|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization|cookie/i;

/**
 * Records a fault. What looks like a secret is masked before it leaves this machine, and what is too long is cut.
 *
 * @returns `created` is false when the key was recorded before; `shortened` names the fields that were cut
 * @throws StoreError `invalid_input`
 */
export async function recordError(
	store: Store,
	input: ErrorInput,
): Promise<ErrorEntry & { created: boolean; shortened: string[] }> {
	const { message, stack, metadata, key = randomUUID(), ...rest } = valid(errorSchema, input);
	const shortened: string[] = [];
	const cut = (field: string, text: string, most: number): string => {
		if (text.length > most) shortened.push(field);
		// Masked as a whole: a secret at the cut would look like none.
		return kept(shorten(maskSecrets(text), most));
	};
	const request = {
		...rest,
		key: kept(key),
		message: cut('message', message, mostMessage),
		...(stack !== undefined && { stack: cut('stack', stack, mostStack) }),
		metadata: sized(masked(metadata, 0), () => shortened.push('metadata')),
	};
	const answer = entrySchema.extend({ created: z.boolean() });
	return { ...(await store.call('record_error', request, { answer, repeatable: true })), shortened };
}

function masked(value: unknown, depth: number): unknown {
	if (typeof value === 'string') return kept(maskSecrets(value));
	if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value;
	if (depth === deepest) return '…';
	if (Array.isArray(value)) return value.map((inner) => masked(inner, depth + 1));
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]) => [
			kept(name),
			secretName.test(name) && inner !== null ? '***' : masked(inner, depth + 1),
		]),
	);
}

/** What is too large is replaced by what there was. */
function sized(metadata: unknown, onCut: () => void): unknown {
	const sizeBytes = Buffer.byteLength(JSON.stringify(metadata));
	if (sizeBytes <= mostMetadata) return metadata;
	onCut();
	const fields = Object.keys(metadata ?? {});
	return { omitted: formatBytes(sizeBytes), fields: fields.slice(0, 100).map((name) => shorten(name, 100)) };
}

export interface ErrorQuery {
	level?: ErrorEntry['level'];
	/** At or after, ISO 8601. */
	from?: string;
	/** Before. */
	to?: string;
	/** Anywhere in the message. */
	text?: string;
}

/** The newest first. They go with the retention of the tenant. @throws StoreError */
export async function getErrorLogs(
	store: Store,
	query: ErrorQuery = {},
	options: PageOptions = {},
): Promise<Page<ErrorEntry>> {
	return await page(store, 'get_error_logs', { ...query }, pageSchema(entrySchema), options);
}
