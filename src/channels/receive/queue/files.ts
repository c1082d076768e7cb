import { open } from 'node:fs/promises';

import { systemCode, systemMessage } from '../../../shared';
import { ChannelError } from '../../errors';

/** Written and forced to disk before anybody else sees it. */
export async function writeDurably(path: string, text: string): Promise<void> {
	const file = await open(path, 'wx', 0o600);
	try {
		await file.writeFile(text);
		await file.datasync();
	} finally {
		await file.close();
	}
}

/** Makes the names in a folder survive a power cut; those who ask meanwhile share the next time. */
export class FolderSync {
	private running: Promise<void> | undefined;
	private next: Promise<void> | undefined;

	constructor(private readonly folder: string) {}

	async sync(): Promise<void> {
		if (this.next) return await this.next;
		if (!this.running) return await this.start();
		const { running } = this;
		this.next = running
			.catch(() => undefined)
			.then(async () => {
				this.next = undefined;
				await this.start();
			});
		await this.next;
	}

	private async start(): Promise<void> {
		this.running = syncFolder(this.folder).finally(() => (this.running = undefined));
		await this.running;
	}
}

async function syncFolder(path: string): Promise<void> {
	const handle = await open(path, 'r');
	await handle.sync().finally(() => handle.close());
}

export function hasCode(thrown: unknown, code: string): boolean {
	return systemCode(thrown) === code;
}

/** For a file that somebody else has removed meanwhile. */
export function missing(thrown: unknown): undefined {
	if (hasCode(thrown, 'ENOENT')) return undefined;
	throw thrown;
}

export function queueFault(folder: string, thrown: unknown): ChannelError {
	if (thrown instanceof ChannelError) return thrown;
	return new ChannelError(
		'queue_unavailable',
		`The queue of incoming messages in ${folder} cannot be read or written: ${systemMessage(thrown)}.`,
		'See that the folder can be written, that its disk is not full, and that its file system has hard links.',
	);
}
