import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import type { ChannelEvent } from '../event';
import { hasCode, missing, writeDurably } from './files';

/** An event that waits, by the name of its file. */
export interface Waiting {
	name: string;
	/** Its place: within a chat the lower one goes first. */
	sequence: number;
	/** The same for all events of one chat. */
	chat: string;
	/** How often it was handed over before, each time without an end. */
	attempts: number;
	/** Whether it was there before this process was, or was left by one that has ended. */
	recovered: boolean;
}

export function nameOf(id: string): string {
	return digest(id).slice(0, 40);
}

/** Names the chat of an event; what belongs to none is alone. */
export function chatOf(event: ChannelEvent): string {
	const { platform, account, id } = event;
	const chatId = chatIdOf(event);
	return digest(JSON.stringify(chatId === undefined ? [id] : [platform, account, chatId])).slice(0, 24);
}

function chatIdOf(event: ChannelEvent): string | undefined {
	switch (event.kind) {
		case 'message':
			return String(event.message.chat.id);
		case 'callback':
			return event.callback.chatId ?? event.callback.sender.id;
		case 'status':
			return event.status.chatId;
		case 'membership':
			return event.membership.chatId;
		case 'unsupported':
			return undefined;
	}
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Sorts by its place. */
export function fileOf({ sequence, chat, name, attempts }: Waiting): string {
	return `${String(sequence).padStart(16, '0')}-${chat}-${name}.${attempts}`;
}

export function waitingOf(file: string): Waiting | undefined {
	const parts = /^(\d{16})-([0-9a-f]{24})-([0-9a-f]{40})\.(\d+)$/.exec(file);
	const [, sequence, chat, name, attempts] = parts ?? [];
	if (chat === undefined || name === undefined) return undefined;
	return { name, sequence: Number(sequence), chat, attempts: Number(attempts), recovered: false };
}

/** What is being written for an event; many may write the same one at the same time. */
export function draftOf(waiting: Waiting): string {
	return `${fileOf(waiting)}-${randomBytes(6).toString('hex')}`;
}

/** Of the event that a draft is of. */
export function waitingOfDraft(file: string): Waiting | undefined {
	return waitingOf(file.slice(0, file.lastIndexOf('-')));
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
