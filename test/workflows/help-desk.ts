import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';

import { saveDesk, type DeskInput } from '../../src/decide';
import { getTimer, savePolicy, saveSchedule } from '../../src/sla';
import type { Store } from '../../src/store';
import type { Workflow } from '../../src/workflows';
import { openStand, type Stand } from '../src/store/stand';
import { TelegramCloud } from '../support/channels/telegram-cloud';
import { TelegramDeliverer } from '../support/channels/telegram-deliverer';
import { RecordingServer } from '../support/doubles/recording-server';
import type { N8nClient, StoredCredential } from '../support/n8n/client';
import { poll } from '../support/n8n/poll';
import { Alerting } from './alerting';
import { nodeOf, type ReceivedAlert } from './backing-up';
import { setUpWorkflow } from './docker-workflow';

/** Called ones before their callers. */
const keys = [
	'start-timers-on-requests',
	'stop-timers-on-replies',
	'send-outbox',
	'route-messages',
	'relay-operator-replies',
	'receive-telegram-messages',
] as const;
type Key = (typeof keys)[number];
const newId = (): string => randomBytes(8).toString('hex');

/** What somebody writes; `chatId` is also who writes, unless somebody is named. */
export interface Written {
	chatId: number;
	text: string;
	from?: { id: number; name: string };
	/** The message it answers. */
	replyTo?: number;
	/** A topic of the group. */
	topic?: number;
	/** The message that it changes. */
	edits?: number;
	more?: Record<string, unknown>;
}

/** The shipped workflows from a message on Telegram to its answer, in the shared n8n under ids of their own. */
export class HelpDesk {
	readonly ids = Object.fromEntries(keys.map((key) => [key, newId()])) as Record<Key, string>;
	/** Where operators work. */
	readonly desk = -100_555;
	private readonly credentials: StoredCredential[] = [];
	private lastMessage = 100;

	private constructor(
		readonly client: N8nClient,
		readonly stand: Stand,
		readonly store: Store,
		readonly cloud: TelegramCloud,
		private readonly bot: TelegramDeliverer,
		private readonly receiver: RecordingServer,
		private readonly alerting: Alerting,
	) {}

	/**
	 * @param change of a workflow before it is published
	 * @param settings of all that have them
	 * @param desk null: none is set up
	 */
	static async open(
		client: N8nClient,
		name: string,
		{
			change = () => undefined,
			desk = {},
			settings = {},
		}: {
			change?: (key: Key, workflow: Workflow) => void;
			desk?: Partial<DeskInput> | null;
			settings?: Record<string, unknown>;
		} = {},
	): Promise<HelpDesk> {
		const stand = await openStand(name);
		const cloud = await TelegramCloud.start();
		const bot = await TelegramDeliverer.start(cloud.token);
		const receiver = await RecordingServer.start(() => ({ status: 204 }));
		const target = { name, channel: 'webhook', to: receiver.url };
		const alerting = await Alerting.install(client, { targets: [target] });
		const store = stand.open('postgres');
		const opened = new HelpDesk(client, stand, store, cloud, bot, receiver, alerting);
		await opened.promise();
		if (desk !== null)
			await saveDesk(store, {
				...{ platform: 'telegram', account: opened.account, chatId: String(opened.desk) },
				...desk,
			});
		await opened.setUp(change, { forSeconds: 2, ...settings });
		return opened;
	}

	/** The bot by its id. */
	get account(): string {
		return this.cloud.token.split(':')[0] ?? '';
	}

	get alerts(): ReceivedAlert[] {
		return this.receiver.requests.map(({ body }) => body as ReceivedAlert);
	}

	private async promise(): Promise<void> {
		await saveSchedule(this.store, {
			...{ name: 'Always', definition: { timezone: 'UTC', always: true }, isDefault: true },
		});
		await savePolicy(this.store, {
			layer: 'tenant',
			policy: { targetMinutes: { firstResponse: 60, nextResponse: 60 }, escalation: { most: 0 } },
		});
	}

	private async setUp(
		change: (key: Key, workflow: Workflow) => void,
		settings: Record<string, unknown>,
	): Promise<void> {
		const { client, alerting, ids } = this;
		const make = async (type: string, data: Record<string, string>): Promise<StoredCredential> => {
			const allowed = { allowedHttpRequestDomains: 'all' };
			const made = await client.createCredential(`${type} ${newId()}`, type, { ...data, ...allowed });
			this.credentials.push(made);
			return made;
		};
		const { url: host, secretKey: serviceRole } = this.stand.supabase;
		const credential = await make('supabaseApi', { host, serviceRole });
		const accessToken = this.cloud.token;
		const sender = await make('telegramApi', { accessToken, baseUrl: this.cloud.cloud.url });
		const door = await make('telegramApi', { accessToken, baseUrl: this.bot.http.url });
		for (const key of keys) {
			const select = (workflow: Workflow, node: string, { id, name }: StoredCredential): void => {
				const { credentials } = nodeOf(workflow, node);
				nodeOf(workflow, node).credentials = { ...credentials, telegramApi: { id, name } };
			};
			await setUpWorkflow(client, {
				...{ key, id: ids[key], ids, alerting, credential, settings },
				change: (workflow) => {
					if (key === 'send-outbox') {
						for (const node of ['Send due on Telegram', 'Stop timers', 'Start timers'])
							delete nodeOf(workflow, node).disabled;
						select(workflow, 'Send due on Telegram', sender);
					}
					if (key === 'receive-telegram-messages') {
						Object.assign(nodeOf(workflow, 'When somebody writes to the bot'), { webhookId: randomUUID() });
						select(workflow, 'When somebody writes to the bot', door);
						for (const name of ['Let Eva decide', 'Relay it to the client'])
							delete nodeOf(workflow, name).disabled;
					}
					change(key, workflow);
				},
			});
			await client.activate(ids[key]);
		}
	}

	/** Somebody writes where the bot reads it. @returns the id of the message there */
	async write({ chatId, text, from, replyTo, topic, edits, more = {} }: Written): Promise<number> {
		const update = (this.lastMessage += 1);
		const id = edits ?? update;
		const now = Math.floor(Date.now() / 1000);
		const isGroup = chatId < 0;
		const { status } = await this.bot.deliver(
			{
				update_id: 700_000 + update,
				[edits === undefined ? 'message' : 'edited_message']: {
					message_id: id,
					date: now,
					...(edits !== undefined && { edit_date: now }),
					chat: {
						id: chatId,
						...(isGroup
							? { type: 'supergroup', title: 'Operators' }
							: { type: 'private', first_name: 'Anna' }),
					},
					from: { id: from?.id ?? chatId, is_bot: false, first_name: from?.name ?? 'Anna' },
					...(topic !== undefined && { message_thread_id: topic, is_topic_message: true }),
					...(replyTo !== undefined && {
						reply_to_message: { message_id: replyTo, date: 1, chat: { id: chatId, type: 'supergroup' } },
					}),
					...(text !== '' && { text }),
					...more,
				},
			},
			{ origin: this.client.url },
		);
		if (status !== 200) throw new Error(`The bot's webhook answered ${status}.`);
		return id;
	}

	/** What was sent to a chat up to now. */
	sent(chatId: number): string[] {
		return this.to(chatId).map(({ text }) => text);
	}

	/** Waits for a message to a chat that says this, and comes after another one. @returns its id there */
	async until(chatId: number, words: string, after = 0): Promise<number> {
		const found = await poll(30_000, () =>
			Promise.resolve(this.to(chatId).find(({ text, id }) => id > after && text.includes(words))),
		);
		if (found) return found.id;
		throw new Error(
			`Chat ${chatId} was not told "${words}", but: ${this.sent(chatId).join(' | ') || 'nothing'}`,
		);
	}

	private to(chatId: number): { text: string; id: number }[] {
		return this.cloud.taken.filter((message) => message.chatId === String(chatId));
	}

	/** Waits for the timer of the conversation in which this was written. */
	async untilTimer(text: string, status: string): Promise<void> {
		let last: string | undefined;
		const is = await poll(30_000, async () => {
			last = (await this.timer(text))?.status;
			return last === status ? true : undefined;
		});
		if (!is) throw new Error(`The timer of "${text}" is ${last ?? 'not there'}, not ${status}.`);
	}

	/** Waits for an alert with this title. */
	async alert(title: string): Promise<ReceivedAlert> {
		const found = await poll(30_000, () =>
			Promise.resolve(this.alerts.find((alert) => alert.title === title)),
		);
		if (found) return found;
		throw new Error(
			`Nobody was told "${title}", but: ${this.alerts.map((one) => one.title).join(' | ') || 'nothing'}`,
		);
	}

	/** The timer of the conversation in which this was written; undefined: none. */
	async timer(text: string): Promise<{ status: string } | undefined> {
		const sql = `select conversation_id::int as id from opsdesk.messages where content = '${text}'`;
		const [row] = z.array(z.object({ id: z.number() })).parse(await this.stand.supabase.exec(sql));
		return (row && (await getTimer(this.store, { conversationId: row.id }))) ?? undefined;
	}

	async close(): Promise<void> {
		for (const key of [...keys].reverse()) {
			await this.client.deactivate(this.ids[key]);
			await this.client.deleteWorkflow(this.ids[key]);
		}
		await this.alerting.remove();
		for (const { id } of this.credentials) await this.client.deleteCredential(id);
		await this.receiver.stop();
		await this.bot.http.stop();
		await this.cloud.cloud.stop();
		await this.stand.close();
	}
}
