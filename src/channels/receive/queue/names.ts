import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { hasCode, missing, writeDurably } from './files';

/** An event that waits, by the name of its file. */
export interface Waiting {
	name: string;
	/** How often it was handed over before, each time without an end. */
	attempts: number;
	/** Whether it was there before this process was, or was left by one that has ended. */
	recovered: boolean;
}

export function nameOf(id: string): string {
	return createHash('sha256').update(id).digest('hex').slice(0, 40);
}

export function waitingOf(file: string): Waiting | undefined {
	const [, name, attempts] = /^([0-9a-f]{40})\.(\d+)$/.exec(file) ?? [];
	return name === undefined ? undefined : { name, attempts: Number(attempts), recovered: false };
}

/** Says in the folder of a queue whether an event is new. */
export function idFileOf(folder: string, name: string): string {
	return join(folder, 'ids', name.slice(0, 2), name);
}

/** The same for all who open this folder. */
export async function queueIdOf(folder: string): Promise<string> {
	const path = join(folder, 'queue-id');
	const draft = `${path}-${randomBytes(6).toString('hex')}`;
	const known = await readFile(path, 'utf8').catch(missing);
	if (known) return known;
	await writeDurably(draft, randomBytes(16).toString('hex'));
	await link(draft, path).catch((thrown: unknown) => {
		if (!hasCode(thrown, 'EEXIST')) throw thrown;
	});
	await unlink(draft);
	return await readFile(path, 'utf8');
}
