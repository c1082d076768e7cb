import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { openStateFolder, parseInput, StateError, type StateStore } from '../../shared';
import { recordDocument, type HealRecord } from './record';

/** Each loss means that somebody else has made progress. */
const maxAttempts = 100;
const prefix = 'healing/engine-';

/**
 * What healing remembers of the containers of one engine: one small document. It is only replaced by who has read the
 * version that is there, so of two runs that decide at the same time the second decides again, knowing of the first.
 */
export class HealStore {
	private constructor(
		private readonly state: StateStore,
		private readonly key: string,
	) {}

	/**
	 * @param stateFolder absolute path; made when it is missing
	 * @param engine what tells it from others
	 * @throws StateError `state_not_shared`
	 */
	static open(stateFolder: string, engine: string): HealStore {
		const hash = createHash('sha256').update(engine).digest('hex').slice(0, 16);
		return new HealStore(openStateFolder(stateFolder), `${prefix}${hash}`);
	}

	/** Of all engines, each by a name that is made from its id. @throws StateError `state_unavailable` */
	static async all(state: StateStore): Promise<[name: string, store: HealStore][]> {
		const keys = await state.keys(prefix);
		return keys.map((key) => [key.slice(prefix.length), new HealStore(state, key)]);
	}

	/** @throws StateError `state_unavailable`, `state_invalid` */
	async records(): Promise<HealRecord[]> {
		return (await this.read()).records;
	}

	/**
	 * Decides on what is remembered, and stores what is to be remembered; on disk when it resolves.
	 *
	 * @param decide may be called several times, with newer records each time
	 * @throws StateError; then nothing may be acted on
	 */
	async change<T>(
		decide: (records: readonly HealRecord[]) => { records: HealRecord[]; result: T },
	): Promise<T> {
		for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
			const before = await this.read();
			const { records, result } = decide(before.records);
			if (JSON.stringify(records) === JSON.stringify(before.records)) return result;
			const written = await this.state.compareAndSet(this.key, before.version, { version: 1, records });
			if (written !== undefined) return result;
			await sleep(Math.random() * 20);
		}
		throw new StateError(
			'state_unavailable',
			'What healing remembers is changed by others all the time.',
			'See what else works with the same state folder.',
		);
	}

	private async read(): Promise<{ records: HealRecord[]; version: string | undefined }> {
		const found = await this.state.get(this.key);
		if (!found) return { records: [], version: undefined };
		const parsed = parseInput(recordDocument, found.value);
		if (parsed.ok) return { records: parsed.value.records, version: found.version };
		throw new StateError(
			'state_invalid',
			`What healing remembers (${this.key}) is not of this version of the package.`,
			'Use the newer version that wrote it, or move the file out of the folder of the state: healing then begins anew.',
		);
	}
}
