import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

import { systemMessage } from '../errors';
import { parseInput } from '../validation';
import { StateError } from './errors';
import { assertKey, isKey, type StateDocument, type StateStore } from './state-store';

const envelope = z.object({
	format: z.literal('opsdesk-state'),
	schema: z.literal(1),
	id: z.string(),
	/** Missing once the document is deleted. */
	value: z.unknown().optional(),
	deleted: z.boolean(),
});

/** How long the mark of a deleted document stays, so that nobody who stood still meanwhile can revive it. */
const deletedMarkMs = 24 * 60 * 60_000;
/** Such a mark holds no value: it takes less than a hundred bytes. */
const mostMarkBytes = 200;
/** Files that a killed process was writing. */
const staleDraftMs = 60 * 60_000;

/**
 * Documents as files below one folder, `<key>.<number>.json`, each number written once. A new one is written and forced
 * to disk under another name and then linked to the next number, which fails when somebody else has taken it: the file
 * system decides who was first, and a crash at any point leaves the old or the new document.
 */
export class FileStateStore implements StateStore {
	constructor(private readonly folder: string) {}

	get place(): string {
		return this.folder;
	}

	async get(key: string): Promise<StateDocument | undefined> {
		const found = await this.newest(key);
		return found && !found.deleted ? { value: found.value, version: found.version } : undefined;
	}

	async compareAndSet(
		key: string,
		expected: string | undefined,
		value: unknown,
	): Promise<string | undefined> {
		return await this.replace(key, expected, { deleted: false, value });
	}

	async delete(key: string, expected: string): Promise<boolean> {
		return (await this.replace(key, expected, { deleted: true })) !== undefined;
	}

	async keys(prefix: string): Promise<string[]> {
		return await this.guarded(async () => {
			const keys: string[] = [];
			for (const [key, number] of await this.newestNumbers(this.folder, '', prefix)) {
				const isDeleted = await isMark(this.file(key, number));
				// Replaced and removed between the two looks.
				if (isDeleted === undefined ? (await this.newest(key))?.deleted === false : !isDeleted)
					keys.push(key);
			}
			return keys.sort();
		});
	}

	private async replace(
		key: string,
		expected: string | undefined,
		content: { deleted: boolean; value?: unknown },
	): Promise<string | undefined> {
		assertKey(key);
		return await this.guarded(async () => {
			const before = await this.newest(key);
			const seen = before && !before.deleted ? before.version : undefined;
			if (seen !== expected) return undefined;
			const folder = dirname(join(this.folder, key));
			await mkdir(folder, { recursive: true, mode: 0o700 });
			const id = randomBytes(8).toString('hex');
			const number = (before?.number ?? 0) + 1;
			const draft = join(folder, `.draft-${id}`);
			await writeDurably(draft, JSON.stringify({ format: 'opsdesk-state', schema: 1, id, ...content }));
			try {
				await link(draft, this.file(key, number));
			} catch (thrown) {
				if (isCode(thrown, 'EEXIST')) return undefined;
				throw thrown;
			} finally {
				await unlink(draft);
			}
			await syncFolder(folder);
			// Who stood still while the document was changed twice has linked a number nobody reads.
			const numbers = await this.numbers(key);
			if (Math.max(...numbers) !== number) return undefined;
			await this.tidy(key, numbers, number);
			return `${number}-${id}`;
		});
	}

	private async newest(key: string): Promise<Stored | undefined> {
		assertKey(key);
		return await this.guarded(async () => {
			for (;;) {
				const number = Math.max(0, ...(await this.numbers(key)));
				if (number === 0) return undefined;
				const text = await readFile(this.file(key, number), 'utf8').catch(missing);
				// Replaced and removed between the two looks.
				if (text !== undefined) return stored(this.file(key, number), number, text);
			}
		});
	}

	private async numbers(key: string): Promise<number[]> {
		const path = join(this.folder, key);
		const names = (await readdir(dirname(path)).catch(missing)) ?? [];
		return names.flatMap((name) => {
			const parts = /^(.+)\.(\d+)\.json$/.exec(name);
			return parts && join(dirname(path), parts[1] ?? '') === path ? [Number(parts[2])] : [];
		});
	}

	/** Of the documents below a folder whose keys begin like this. @param path of the folder, in keys */
	private async newestNumbers(folder: string, path: string, prefix: string): Promise<Map<string, number>> {
		const entries = (await readdir(folder, { withFileTypes: true }).catch(missing)) ?? [];
		const newest = new Map<string, number>();
		for (const entry of entries) {
			if (entry.isDirectory()) {
				const deeper = `${path}${entry.name}/`;
				if (!deeper.startsWith(prefix) && !prefix.startsWith(deeper)) continue;
				const below = await this.newestNumbers(join(folder, entry.name), deeper, prefix);
				for (const [key, number] of below) newest.set(key, number);
				continue;
			}
			const [, name, number] = /^([a-z0-9].*)\.(\d+)\.json$/.exec(entry.name) ?? [];
			const key = `${path}${name}`;
			if (name === undefined || !key.startsWith(prefix) || !isKey(key)) continue;
			newest.set(key, Math.max(newest.get(key) ?? 0, Number(number)));
		}
		return newest;
	}

	/** What is left behind is only in the way; the next change removes it. What cannot be removed stops no change. */
	private async tidy(key: string, numbers: number[], newest: number): Promise<void> {
		const path = join(this.folder, key);
		const folder = dirname(path);
		const old = numbers.filter((number) => number < newest).map((number) => this.file(key, number));
		for (const file of old) await unlink(file).catch(() => undefined);
		for (const name of await readdir(folder).catch(() => [])) {
			const document = /^(.+)\.\d+\.json$/.exec(name)?.[1];
			if (document !== undefined && join(folder, document) === path) continue;
			await tidyFile(join(folder, name), name).catch(() => undefined);
		}
	}

	private file(key: string, number: number): string {
		return `${join(this.folder, key)}.${number}.json`;
	}

	private async guarded<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (thrown) {
			if (thrown instanceof StateError) throw thrown;
			throw new StateError(
				'state_unavailable',
				`The state in ${this.folder} cannot be read or written: ${systemMessage(thrown)}.`,
				isCode(thrown, 'EPERM') || isCode(thrown, 'ENOTSUP') || isCode(thrown, 'ENOSYS')
					? 'Choose a folder on a file system with hard links, not on a share or a FAT disk.'
					: 'See that the folder can be written, and that its disk is not full.',
				{ cause: thrown },
			);
		}
	}
}

interface Stored {
	number: number;
	version: string;
	deleted: boolean;
	value: unknown;
}

function stored(path: string, number: number, text: string): Stored {
	const parsed = parseInput(envelope, parseJson(text));
	if (parsed.ok) {
		const { id, deleted, value } = parsed.value;
		return { number, version: `${number}-${id}`, deleted, value };
	}
	throw new StateError(
		'state_invalid',
		`The file ${path} does not hold state of this version of the package.`,
		'A newer version may have written it: use that one. A file that is damaged is to be moved away; see first whether containers it names are stopped.',
	);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

async function writeDurably(path: string, text: string): Promise<void> {
	const file = await open(path, 'wx', 0o600);
	try {
		await file.writeFile(text);
		await file.sync();
	} finally {
		await file.close();
	}
}

/** Makes the names in it survive a power cut. */
async function syncFolder(path: string): Promise<void> {
	const handle = await open(path, 'r');
	await handle.sync().finally(() => handle.close());
}

async function tidyFile(path: string, name: string): Promise<void> {
	const isDraft = name.startsWith('.draft-');
	if (!isDraft && !name.endsWith('.json')) return;
	const { mtimeMs } = await stat(path);
	if (Date.now() - mtimeMs < (isDraft ? staleDraftMs : deletedMarkMs)) return;
	if (isDraft || (await isMark(path))) await unlink(path);
}

/** Whether a file says that its document is deleted; undefined when there is no such file. Large ones are not read. */
async function isMark(path: string): Promise<boolean | undefined> {
	const found = await stat(path).catch(missing);
	if (found === undefined) return undefined;
	if (!found.isFile() || found.size > mostMarkBytes) return false;
	const text = await readFile(path, 'utf8').catch(missing);
	return text === undefined ? undefined : envelope.safeParse(parseJson(text)).data?.deleted === true;
}

function isCode(thrown: unknown, code: string): boolean {
	return (thrown as NodeJS.ErrnoException | undefined)?.code === code;
}

function missing(thrown: unknown): undefined {
	if (isCode(thrown, 'ENOENT')) return undefined;
	throw thrown;
}
