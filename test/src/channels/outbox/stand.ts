import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { enqueue, getOutbox, sendDue, type OutboxEntry } from '../../../../src/channels/outbox';
import type { SendDueOptions } from '../../../../src/channels/outbox/send-due';
import { telegramClient } from '../../../../src/channels/send';
import type { RateLimits } from '../../../../src/channels/limits';
import type { Store } from '../../../../src/store';
import type { TelegramCloud } from '../../../support/channels/telegram-cloud';
import type { Stand, TransportName } from '../../store/stand';

/** Wide enough that no test waits for them that is not about limits. */
export const wide: RateLimits = {
	account: [{ limit: 1000, periodMs: 1000 }],
	chat: [{ limit: 1000, periodMs: 1000 }],
	group: [{ limit: 1000, periodMs: 1000 }],
};

export const account = '123456789';
export const to = (chatId: string) => ({
	platform: 'telegram' as const,
	account,
	chatId,
	chatKind: chatId.startsWith('-') ? ('group' as const) : ('private' as const),
});

export async function hand(store: Store, chatId: string, ...texts: string[]): Promise<void> {
	for (const text of texts) {
		const key = createHash('sha256').update(`${chatId} ${text}`).digest('hex');
		await enqueue(store, to(chatId), { operation: 'message', text }, { key });
	}
}

export const send = (store: Store, cloud: TelegramCloud, options: Partial<SendDueOptions> = {}) =>
	sendDue(store, telegramClient({ token: cloud.token, baseUrl: cloud.cloud.url, timeoutMs: 5000 }), {
		platform: 'telegram',
		limits: wide,
		...options,
	});

/** A process of its own that sends what is due. */
export function sender(
	{ supabase }: Stand,
	transport: TransportName,
	tenant: string,
	cloud: TelegramCloud,
	options: Partial<SendDueOptions>,
): ChildProcess {
	const access =
		transport === 'supabase'
			? { supabase: { url: supabase.url, key: supabase.secretKey } }
			: { postgres: { connectionString: supabase.ownerUrl } };
	const telegram = { token: cloud.token, baseUrl: cloud.cloud.url };
	return spawn(
		process.execPath,
		[
			...['--require', join(__dirname, '../../../support/typescript.cjs'), join(__dirname, 'sender.ts')],
			JSON.stringify({ access, tenant, telegram, options }),
		],
		{ stdio: ['ignore', 'pipe', 'inherit'] },
	);
}

export async function entries(store: Store, state?: OutboxEntry['state']): Promise<OutboxEntry[]> {
	const { items } = await getOutbox(store, state ? { state } : {}, { limit: 1000 });
	return items.reverse();
}
