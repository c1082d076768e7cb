/**
 * Small documents that must outlive the process, such as the journal of stopped containers. Each has a version, and
 * whoever changes one must have seen the version that is there: so processes that work at the same time never undo
 * each other's changes.
 */
export interface StateStore {
	/** What tells it from the other stores of this process, such as its folder. */
	readonly place?: string | undefined;
	/** Undefined when there is none. */
	get(key: string): Promise<StateDocument | undefined>;
	/**
	 * Stores a value when the document still has the expected version; on disk when it resolves.
	 * @param expected version that was read; undefined: there must be no document yet
	 * @returns the new version, undefined when somebody else was faster
	 */
	compareAndSet(key: string, expected: string | undefined, value: unknown): Promise<string | undefined>;
	/** @returns whether it was removed, which it is not when it has another version by now */
	delete(key: string, expected: string): Promise<boolean>;
	/** The keys of the documents that begin like this, sorted. No value is read. */
	keys(prefix: string): Promise<string[]>;
}

export interface StateDocument {
	/** Plain JSON. */
	value: unknown;
	version: string;
}

/** One to six words of a–z, digits, `_`, `.` and `-`, separated by `/`. */
const keyPattern = /^(?=.{1,200}$)[a-z0-9][a-z0-9_.-]*(?:\/[a-z0-9][a-z0-9_.-]*){0,5}$/;

export function isKey(key: string): boolean {
	return keyPattern.test(key);
}

/** @throws RangeError for what no adapter could keep */
export function assertKey(key: string): void {
	if (!isKey(key)) throw new RangeError(`"${key}" is not the key of a state document.`);
}
