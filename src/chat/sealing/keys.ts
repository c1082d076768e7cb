import { createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';

import { StoreError } from '../../store';

const keyBytes = 32;
/** Of 32 random bytes fewer differ about never; of a pattern or a typed word many do. */
const leastDifferentBytes = 16;

/** What one key is used for: each with a key of its own, derived from it. */
export interface FieldKey {
	/** Tells keys apart, and nothing of the key. */
	id: string;
	sealing: KeyObject;
	indexing: KeyObject;
}

/** Keys of sealed contact fields. It shows nothing of them when it is printed or written as JSON. */
export class FieldKeys {
	readonly #keys: ReadonlyMap<string, FieldKey>;
	readonly #current: FieldKey;

	constructor(current: FieldKey, former: readonly FieldKey[]) {
		this.#current = current;
		this.#keys = new Map([current, ...former].map((key) => [key.id, key]));
	}

	/** What is written is sealed with this one. */
	get current(): FieldKey {
		return this.#current;
	}

	/** The current one first. */
	get all(): FieldKey[] {
		return [...this.#keys.values()];
	}

	get ids(): string[] {
		return [...this.#keys.keys()];
	}

	/** @param id as it stands in a sealed value */
	byId(id: string): FieldKey | undefined {
		return this.#keys.get(id);
	}

	toJSON(): object {
		return { ids: this.ids };
	}
}

/**
 * Reads the keys of a credential.
 * @param texts `current`: 32 bytes in base64 or hexadecimal digits; `former`: any number of them, with blanks between
 * @throws StoreError `misconfigured` naming the field, never the key
 */
export function fieldKeys(texts: { current: string; former?: string }): FieldKeys {
	const former = (texts.former ?? '').split(/[\s,;]+/).filter((text) => text !== '');
	return new FieldKeys(
		readKey(texts.current.trim(), 'The current key'),
		former.map((text, index) => readKey(text, `Former key ${index + 1}`)),
	);
}

/** A new key, from the random numbers of the system, as the credential takes it. */
export function generateFieldKey(): string {
	return randomBytes(keyBytes).toString('base64');
}

/** Which keys there are, in a sentence for people: their ids, by which a copy kept elsewhere is known again. */
export function describeFieldKeys(keys: FieldKeys): string {
	const [current, ...former] = keys.ids;
	const opens = former.length === 0 ? '' : ` Also opens what was sealed with ${former.join(', ')}.`;
	return `Seals with the key ${current ?? ''}.${opens}`;
}

function readKey(text: string, name: string): FieldKey {
	const bytes = /^[0-9a-f]{64}$/i.test(text)
		? Buffer.from(text, 'hex')
		: /^[A-Za-z0-9+/_-]{43}=?$/.test(text)
			? Buffer.from(text, 'base64')
			: undefined;
	if (bytes?.length !== keyBytes)
		throw new StoreError(
			'misconfigured',
			`${name} for contact fields ${text === '' ? 'is missing' : 'is not 32 bytes in base64 or hexadecimal digits'}.`,
			'Make one with "openssl rand -base64 32", and keep a copy outside n8n.',
		);
	if (new Set(bytes).size < leastDifferentBytes)
		throw new StoreError(
			'misconfigured',
			`${name} for contact fields is no random key: its bytes repeat.`,
			'Make one with "openssl rand -base64 32", and keep a copy outside n8n.',
		);
	const derived = (purpose: string, length: number): Buffer =>
		Buffer.from(hkdfSync('sha256', bytes, '', `opsdesk contact fields 1: ${purpose}`, length));
	return {
		id: derived('id', 8).toString('hex'),
		sealing: createSecretKey(derived('seal', keyBytes)),
		indexing: createSecretKey(derived('index', keyBytes)),
	};
}
