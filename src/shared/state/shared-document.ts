import { setTimeout as sleep } from 'node:timers/promises';
import type { ZodType } from 'zod';

import { describeFaults, parseInput } from '../validation';
import { StateError } from './errors';
import type { StateStore } from './state-store';

/** Each loss means that somebody else has made progress. */
const maxAttempts = 100;

export interface SharedDocumentOptions<Value> {
	/** What it holds, for messages; begins a sentence: `What healing remembers`. */
	title: string;
	schema: ZodType<Value>;
	/** What is there before anything was written. */
	empty: Value;
}

/**
 * One document that several processes change. It is only replaced by who has read the version that is there, so of two
 * that decide at the same time the second decides again, knowing of the first.
 */
export class SharedDocument<Value> {
	constructor(
		private readonly store: StateStore,
		private readonly key: string,
		private readonly options: SharedDocumentOptions<Value>,
	) {}

	/** @throws StateError `state_unavailable`, `state_invalid` */
	async read(): Promise<Value> {
		return (await this.load()).value;
	}

	/**
	 * Decides on what is there, and stores what is to be there; on disk when it resolves.
	 *
	 * @param decide may be called several times, with newer values each time
	 * @throws StateError; then nothing may be acted on
	 */
	async change<Result>(decide: (value: Value) => { value: Value; result: Result }): Promise<Result> {
		for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
			const before = await this.load();
			const { value, result } = decide(before.value);
			if (JSON.stringify(value) === JSON.stringify(before.value)) return result;
			const readable = this.readable(value);
			if ((await this.store.compareAndSet(this.key, before.version, readable)) !== undefined) return result;
			await sleep(Math.random() * 20);
		}
		throw new StateError(
			'state_unavailable',
			`${this.options.title} is changed by others all the time.`,
			'See what else works with the same state folder.',
		);
	}

	/** What could not be read again would be a document that nobody gets past. */
	private readable(value: Value): Value {
		const parsed = parseInput(this.options.schema, value);
		if (parsed.ok) return parsed.value;
		throw new StateError(
			'state_invalid',
			`${this.options.title} cannot be stored: ${describeFaults(parsed.faults)}.`,
			'Nothing was changed. Please report this with the message.',
		);
	}

	private async load(): Promise<{ value: Value; version: string | undefined }> {
		const found = await this.store.get(this.key);
		if (!found) return { value: this.options.empty, version: undefined };
		const parsed = parseInput(this.options.schema, found.value);
		if (parsed.ok) return { value: parsed.value, version: found.version };
		throw new StateError(
			'state_invalid',
			`${this.options.title} (${this.key}) is not of this version of the package.`,
			'Use the newer version that wrote it, or move the file out of the folder of the state: it then begins anew.',
		);
	}
}
