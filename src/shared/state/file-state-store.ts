import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

import { systemMessage } from '../errors';
import { parseInput } from '../validation';
import { StateError } from './errors';
import { assertKey, type StateDocument, type StateStore } from './state-store';

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
/** Files that a killed process was writing. */
const staleDraftMs = 60 * 60_000;

/**
 * Documents as files below one folder, `<key>.<number>.json`, each number written once. A new one is written and forced
 * to disk under another name and then linked to the next number, which fails when somebody else has taken it: the file
 * system decides who was first, and a crash at any point leaves the old or the new document.
 */
export class FileStateStore implements StateStore {
	constructor(private readonly folder: string) {}

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

	async list(prefix: string): Promise<(StateDocument & { key: string })[]> {
		const documents: (StateDocument & { key: string })[] = [];
		for (const key of (await this.keys(this.folder, '')).sort()) {
			if (!key.startsWith(prefix)) continue;
			const found = await this.get(key);
			if (found) documents.push({ key, ...found });
		}
		return documents;
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

	private async keys(folder: string, before: string): Promise<string[]> {
		const entries = (await readdir(folder, { withFileTypes: true }).catch(missing)) ?? [];
		const keys = new Set<string>();
		for (const entry of entries) {
			const name = /^([a-z0-9].*)\.\d+\.json$/.exec(entry.name)?.[1];
			if (entry.isDirectory()) {
				for (const key of await this.keys(join(folder, entry.name), `${before}${entry.name}/`)) keys.add(key);
			} else if (name !== undefined) keys.add(`${before}${name}`);
		}
		return [...keys];
	}

	/** What is left behind is only in the way; the next change removes it. */
	private async tidy(key: string, numbers: number[], newest: number): Promise<void> {
		for (const number of numbers) if (number < newest) await unlink(this.file(key, number)).catch(missing);
		const folder = dirname(join(this.folder, key));
		for (const name of await readdir(folder)) {
			const path = join(folder, name);
			if (name.startsWith('.draft-') && (await isOlder(path, staleDraftMs)))
				await unlink(path).catch(missing);
			if (!name.endsWith('.json') || !(await isOlder(path, deletedMarkMs))) continue;
			const other = /^(.+)\.(\d+)\.json$/.exec(name);
			if (other?.[1] === undefined || join(folder, other[1]) === join(this.folder, key)) continue;
			const text = await readFile(path, 'utf8').catch(missing);
			if (text !== undefined && stored(path, Number(other[2]), text).deleted)
				await unlink(path).catch(missing);
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

async function isOlder(path: string, ageMs: number): Promise<boolean> {
	const found = await stat(path).catch(missing);
	return found !== undefined && Date.now() - found.mtimeMs > ageMs;
}

function isCode(thrown: unknown, code: string): boolean {
	return (thrown as NodeJS.ErrnoException | undefined)?.code === code;
}

function missing(thrown: unknown): undefined {
	if (isCode(thrown, 'ENOENT')) return undefined;
	throw thrown;
}
