import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { isN8nKey, n8nAddress } from '../../shared';
import { BackupError } from '../errors';
import { refuseCancelled } from '../problem';
import type { N8nApiAccess } from '../secrets';
import { badAccess, noAccess, noN8n, parsed, refusal, tooLarge, tooSlow, unreachable } from './failures';

export interface N8nReadLimits {
	/** Of one answer. */
	answerMs: number;
	/** Of everything that is asked, pauses included. */
	totalMs: number;
	/** Of one answer, that is a page of workflows. */
	answerBytes: number;
	/** Of everything that is kept. */
	totalBytes: number;
	/** How often a request that may go well the next time is made. */
	attempts: number;
	/** Before the second attempt; doubled before each further one. */
	pauseMs: number;
}

export const defaultReadLimits: N8nReadLimits = {
	answerMs: 60_000,
	totalMs: 15 * 60_000,
	answerBytes: 64 * 1024 * 1024,
	totalBytes: 1024 * 1024 * 1024,
	attempts: 4,
	pauseMs: 1000,
};

/** So many workflows stand in one answer and are held in memory together. */
const pageSize = 25;
const longestPauseMs = 30_000;

/** A thing of n8n as its API gives it. */
export interface N8nThing {
	id: string;
	name: string;
	/** Undefined where n8n does not tell. */
	updatedAt: string | undefined;
	/** Everything that the API says of it. */
	fields: Readonly<Record<string, unknown>>;
}

const thing = z.looseObject({
	id: z.union([z.string().min(1), z.number()]).transform(String),
	name: z.string(),
	updatedAt: z.string().optional().catch(undefined),
});
/** In the order in which n8n gives them, so that one can be laid beside another. */
const record = z.record(z.string(), z.unknown());
const page = z.object({ data: z.array(z.unknown()), nextCursor: z.string().nullish() });

/** Reads from n8n's public API. The key is sent in a header only, and stands in no error. */
export class N8nReader {
	/** For messages and the manifest. */
	readonly base: string;
	private readonly apiKey: string;
	private readonly endsAt: number;
	private leftBytes: number;

	/** @throws BackupError `n8n_key_missing` */
	constructor(
		access: N8nApiAccess | undefined,
		private readonly signal: AbortSignal | undefined,
		private readonly limits: N8nReadLimits = defaultReadLimits,
	) {
		if (!access || access.apiKey === '') throw noAccess();
		const base = n8nAddress(access.url);
		if (base === undefined) throw badAccess('The address of n8n is no web address, or holds a password');
		if (!isN8nKey(access.apiKey)) throw badAccess('The API key of n8n holds characters that no key has');
		this.base = base;
		this.apiKey = access.apiKey;
		this.endsAt = performance.now() + limits.totalMs;
		this.leftBytes = limits.totalBytes;
	}

	/**
	 * Everything in a list that the key may see, each thing once, a page at a time.
	 * @throws BackupError `n8n_refused`, `n8n_unreachable`, `cancelled`
	 */
	async *all(list: 'workflows' | 'tags'): AsyncGenerator<N8nThing, void, undefined> {
		// A thing that is made or removed meanwhile moves the others to another page.
		const ids = new Set<string>();
		const cursors = new Set<string>();
		for (let cursor = ''; ;) {
			const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
			const answer = page.safeParse(parsed(await this.get(`${list}?limit=${pageSize}${query}`)));
			if (!answer.success) throw noN8n(this.base);
			for (const entry of answer.data.data) {
				const found = thing.safeParse(entry);
				if (!found.success) throw noN8n(this.base);
				const { id, name, updatedAt } = found.data;
				if (!ids.has(id)) yield { id, name, updatedAt, fields: record.parse(entry) };
				ids.add(id);
			}
			cursor = answer.data.nextCursor ?? '';
			if (cursor === '') return;
			if (cursors.has(cursor)) throw noN8n(this.base);
			cursors.add(cursor);
		}
	}

	private async get(path: string): Promise<string> {
		const { attempts, pauseMs } = this.limits;
		for (let attempt = 1; ; attempt += 1) {
			try {
				return await this.request(path);
			} catch (thrown) {
				refuseCancelled(this.signal, 'backup');
				if (!(thrown instanceof Transient)) throw thrown;
				const wantedMs = Math.max(thrown.afterMs, pauseMs * 2 ** (attempt - 1));
				const waitMs = Math.min(wantedMs, longestPauseMs);
				if (attempt >= attempts || performance.now() + waitMs > this.endsAt) throw thrown.problem;
				await sleep(waitMs, undefined, { signal: this.signal }).catch(() => undefined);
				refuseCancelled(this.signal, 'backup');
			}
		}
	}

	/** @throws Transient when it may go well the next time; BackupError */
	private async request(path: string): Promise<string> {
		const limitMs = Math.ceil(Math.min(this.limits.answerMs, this.endsAt - performance.now()));
		if (limitMs <= 0) throw tooSlow(this.base, this.limits.totalMs);
		const patience = AbortSignal.timeout(limitMs);
		const signal = this.signal ? AbortSignal.any([patience, this.signal]) : patience;
		try {
			const response = await fetch(`${this.base}/api/v1/${path}`, {
				headers: { 'X-N8N-API-KEY': this.apiKey, Accept: 'application/json' },
				// A redirect would carry the key to another host.
				redirect: 'error',
				signal,
			});
			const text = await this.textOf(response);
			if (response.ok) return text;
			// A proxy that shows the request it refused would bring the key into an error.
			const problem = refusal(this.base, response.status, text.replaceAll(this.apiKey, '***'));
			if (response.status !== 429 && response.status < 500) throw problem;
			throw new Transient(problem, retryAfterMs(response));
		} catch (thrown) {
			if (thrown instanceof BackupError || thrown instanceof Transient) throw thrown;
			throw new Transient(patience.aborted ? tooSlow(this.base, limitMs) : unreachable(this.base, thrown), 0);
		}
	}

	private async textOf(response: Response): Promise<string> {
		const parts: Buffer[] = [];
		let sizeBytes = 0;
		for await (const part of response.body ?? []) {
			sizeBytes += part.length;
			this.leftBytes -= part.length;
			if (sizeBytes > this.limits.answerBytes) {
				throw tooLarge(this.base, `more than ${this.limits.answerBytes} bytes for ${pageSize} workflows`);
			}
			if (this.leftBytes < 0) throw tooLarge(this.base, `more than ${this.limits.totalBytes} bytes`);
			parts.push(Buffer.from(part));
		}
		return Buffer.concat(parts).toString('utf8');
	}
}

/** What may go well the next time. */
class Transient extends Error {
	constructor(
		readonly problem: BackupError,
		/** How long n8n, or a proxy in front of it, asks to wait. */
		readonly afterMs: number,
	) {
		super(problem.message);
	}
}

function retryAfterMs({ headers }: Response): number {
	const seconds = Number(headers.get('retry-after') ?? '');
	return Number.isFinite(seconds) ? seconds * 1000 : 0;
}
