import { randomUUID } from 'node:crypto';
import { z } from 'zod';

import { assertKey, StateError, type StateDocument, type StateStore } from '../shared';
import { StoreError } from './errors';
import type { Store } from './store';

const document = z.object({ value: z.string(), version: z.string() }).nullable();

/** State in the database, for several machines and for n8n's queue mode. A document is kept as the text it was given as. */
export class DatabaseStateStore implements StateStore {
	constructor(private readonly store: Store) {}

	async get(key: string): Promise<StateDocument | undefined> {
		assertKey(key);
		const found = await guarded(() =>
			this.store.call('state_get', { key }, { answer: document, repeatable: true }),
		);
		return found === null ? undefined : { value: JSON.parse(found.value) as unknown, version: found.version };
	}

	async compareAndSet(
		key: string,
		expected: string | undefined,
		value: unknown,
	): Promise<string | undefined> {
		assertKey(key);
		// The new version is drawn here: when the answer gets lost, a second call finds its own work.
		const request = { key, expected: expected ?? null, value: JSON.stringify(value), version: randomUUID() };
		const written = await guarded(() =>
			this.store.call('state_set', request, { answer: z.string().nullable(), repeatable: true }),
		);
		return written ?? undefined;
	}

	async delete(key: string, expected: string): Promise<boolean> {
		assertKey(key);
		return await guarded(() =>
			this.store.call('state_delete', { key, expected }, { answer: z.boolean(), repeatable: false }),
		);
	}

	async keys(prefix: string): Promise<string[]> {
		return await guarded(() =>
			this.store.call('state_keys', { prefix }, { answer: z.array(z.string()), repeatable: true }),
		);
	}
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (thrown) {
		if (!(thrown instanceof StoreError)) throw thrown;
		throw new StateError('state_unavailable', `The state in the store: ${thrown.message}`, thrown.remedy);
	}
}
