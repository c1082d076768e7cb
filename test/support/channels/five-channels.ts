import { z } from 'zod';

import { loadWorkflows, type Workflow } from '../../../src/workflows';
import { publicUrl, signedRequest } from '../../src/channels/receive/channels';
import { nodeOf } from '../../workflows/backing-up';
import type { DeskInN8n } from '../desk-in-n8n';
import type { StoredCredential } from '../n8n/client';
import { Cloud, type CloudRequest, type Reaction } from './cloud';
import { TelegramCloud, type TelegramLimits } from './telegram-cloud';

export const channels = ['telegram', 'whatsapp', 'messenger', 'instagram', 'sms'] as const;
export type ChannelName = (typeof channels)[number];

/** Somebody's message on a channel. */
export interface Incoming {
	channel: ChannelName;
	/** Of the one who writes, from 1 to 999. */
	person: number;
	/** Of the message; another for each. */
	id: number;
	text: string;
	/** When it was written, where that is not now; not on SMS, which does not say. */
	atMs?: number;
}

type Credentials = Record<'telegram' | 'meta' | 'graph' | 'whatsapp' | 'twilio', StoredCredential>;

const secret = 'e'.repeat(32);
const accountSid = 'AC00000000000000000000000000000001';

/** What we are on each channel. */
export const accounts: Record<ChannelName, string> = {
	...{ telegram: '123456789', whatsapp: '106540352242922', messenger: '110000000000001' },
	...{ instagram: '17840000000000001', sms: '+15005550001' },
};

/** The chat of a person. */
export function chatOf(channel: ChannelName, person: number): string {
	const number = String(person).padStart(3, '0');
	return {
		...{ telegram: `40${number}`, whatsapp: `15005556${number}`, messenger: `9000000000000${number}` },
		...{ instagram: `9100000000000${number}`, sms: `+15005557${number}` },
	}[channel];
}

/** The platform that posts, the workflow with its door, and the door. */
const doors: Record<Exclude<ChannelName, 'telegram'>, [platform: string, workflow: string, node: string]> = {
	whatsapp: ['whatsapp', 'receive-meta-messages', 'When somebody writes on WhatsApp'],
	messenger: ['messenger', 'receive-meta-messages', 'When somebody writes on Messenger'],
	instagram: ['instagram', 'receive-meta-messages', 'When somebody writes on Instagram'],
	sms: ['twilio', 'receive-sms', 'When an SMS comes through Twilio'],
};

/** Each node of send-outbox that sends, and the credential that it needs besides that of the store. */
const senders = {
	telegram: 'Send due on Telegram',
	whatsapp: 'Send due on WhatsApp',
	messenger: 'Send due on Messenger',
	instagram: 'Send due on Instagram',
	sms: 'Send due by SMS',
} as const;

interface SenderOptions {
	change?: (workflow: Workflow) => void;
	hasTimers?: boolean;
}

/** Five platforms: what they post to a desk, signed as each signs, and what they were given to deliver. */
export class FiveChannels {
	private readonly hooks = new Map<string, string>();
	private credentials: Credentials | undefined;

	private constructor(
		readonly telegram: TelegramCloud,
		private readonly others: Cloud,
	) {}

	static async start(limits: TelegramLimits & { latencyMs?: number } = {}): Promise<FiveChannels> {
		let sent = 0;
		const others = await Cloud.start((request) => taken(request, (sent += 1)));
		return new FiveChannels(await TelegramCloud.start(limits), others);
	}

	/** Puts the workflow in place that sends to all five. @param hasTimers whether those that it tells timers by are there */
	async connectSender(
		desk: DeskInN8n,
		{ change = () => undefined, hasTimers = false }: SenderOptions = {},
	): Promise<void> {
		const { telegram, graph, whatsapp, twilio } = (this.credentials ??= await this.make(desk));
		const apiUrl = this.others.url;
		await desk.install('send-outbox', {
			credentials: {
				...{ [senders.telegram]: telegram, [senders.whatsapp]: whatsapp, [senders.messenger]: graph },
				...{ [senders.instagram]: graph, [senders.sms]: twilio },
			},
			change: (workflow) => {
				if (hasTimers)
					for (const name of ['Stop timers', 'Start timers']) delete nodeOf(workflow, name).disabled;
				for (const name of Object.values(senders)) {
					const { parameters } = nodeOf(workflow, name);
					if (name !== senders.telegram)
						parameters['options'] = { ...(parameters['options'] as object), apiUrl };
				}
				change(workflow);
			},
		});
	}

	/** Puts the workflows in place that receive from all five. @param switchedOn nodes that are shipped switched off */
	async connectDoors(desk: DeskInN8n, switchedOn: string[] = []): Promise<void> {
		const { telegram, meta, twilio } = (this.credentials ??= await this.make(desk));
		const switchOn = (workflow: Workflow): void => {
			for (const name of switchedOn) delete nodeOf(workflow, name).disabled;
		};
		await desk.install('receive-telegram-messages', {
			credentials: { 'When somebody writes to the bot': telegram },
			change: switchOn,
		});
		await desk.install('receive-meta-messages', {
			credentials: {
				...{ [doors.whatsapp[2]]: meta, [doors.messenger[2]]: meta, [doors.instagram[2]]: meta },
			},
			change: switchOn,
		});
		await desk.install('receive-sms', {
			credentials: { [doors.sms[2]]: twilio },
			change: (workflow) => {
				const { parameters } = nodeOf(workflow, doors.sms[2]);
				parameters['settings'] = { ...(parameters['settings'] as object), publicUrl };
				switchOn(workflow);
			},
		});
		for (const { key, workflow } of await loadWorkflows())
			for (const [platform, of, node] of Object.values(doors))
				if (of === key) this.hooks.set(platform, String(nodeOf(workflow, node)['webhookId']));
	}

	/** Posts a message as its platform does. @param origin where n8n is @returns the status */
	async deliver({ channel, person, id, text, atMs = Date.now() }: Incoming, origin: string): Promise<number> {
		const chat = chatOf(channel, person);
		if (channel === 'telegram') {
			const sender = { id: Number(chat), first_name: `Person ${person}` };
			const message = {
				...{ message_id: id, date: Math.floor(atMs / 1000), text },
				...{ chat: { ...sender, type: 'private' }, from: { ...sender, is_bot: false } },
			};
			const update = { update_id: 700_000 + id, message };
			return (await this.telegram.webhook.deliver(update, { origin })).status;
		}
		const [platform] = doors[channel];
		const request = signedRequest(platform, bodies[channel](chat, id, text, atMs), secret);
		const { status } = await fetch(`${origin}/webhook/${this.hooks.get(platform) ?? ''}/channel`, {
			...{ method: 'POST', body: Buffer.from(request.body) },
			headers: request.headers as Record<string, string>,
		});
		return status;
	}

	/** The texts that were given to a platform for a person, in their order. */
	sentTo(channel: ChannelName, person: number): string[] {
		const chat = chatOf(channel, person);
		if (channel === 'telegram')
			return this.telegram.taken.filter(({ chatId }) => chatId === chat).map(({ text }) => text);
		return this.others.requests.flatMap(({ path, body }) => {
			const isOurs = path.includes(channel === 'sms' ? accountSid : `/${accounts[channel]}/`);
			const { to, text } = sentSchema.parse(body);
			return isOurs && to === chat ? [text] : [];
		});
	}

	async stop(): Promise<void> {
		await this.telegram.cloud.stop();
		await this.others.stop();
	}

	private async make(desk: DeskInN8n): Promise<Credentials> {
		const make = (name: string, type: string, data: object): Promise<StoredCredential> =>
			desk.credential(name, type, { ...data });
		return {
			telegram: await make('Bot', 'telegramApi', {
				...{ accessToken: this.telegram.token, baseUrl: this.telegram.cloud.url },
			}),
			meta: await make('Meta', 'metaWebhookApi', { appSecret: secret, verifyToken: 'own words' }),
			graph: await make('Page', 'facebookGraphApi', { accessToken: 'EAAexample' }),
			whatsapp: await make('WhatsApp', 'whatsAppApi', {
				...{ accessToken: 'EAAexample', businessAccountId: '102290129340398' },
			}),
			twilio: await make('Twilio', 'twilioApi', { authType: 'authToken', accountSid, authToken: secret }),
		};
	}
}

/** As Meta's and Twilio's interfaces take it. */
const sentSchema = z
	.looseObject({
		to: z.string().optional(),
		To: z.string().optional(),
		recipient: z.object({ id: z.string() }).optional(),
		text: z.object({ body: z.string() }).optional(),
		Body: z.string().optional(),
		message: z.looseObject({ text: z.string().optional() }).optional(),
	})
	.transform((body) => ({
		to: body.to ?? body.To ?? body.recipient?.id,
		text: body.text?.body ?? body.Body ?? body.message?.text ?? '',
	}));

function taken({ path }: CloudRequest, sent: number): Reaction {
	if (path.endsWith('/Messages.json')) return { status: 201, body: { sid: `SM${sent}`, status: 'queued' } };
	if (path.includes(`/${accounts.whatsapp}/`))
		return { status: 200, body: { messaging_product: 'whatsapp', messages: [{ id: `wamid.out.${sent}` }] } };
	return { status: 200, body: { recipient_id: '1', message_id: `m_out_${sent}` } };
}

type Body = (chat: string, id: number, text: string, atMs: number) => object;

const page =
	(object: string, account: string): Body =>
	(chat, id, text, atMs) => {
		const message = { mid: `m_${object}_${id}`, text };
		const event = { sender: { id: chat }, recipient: { id: account }, timestamp: atMs, message };
		return { object, entry: [{ id: account, time: atMs, messaging: [event] }] };
	};

const bodies: Record<Exclude<ChannelName, 'telegram'>, Body> = {
	whatsapp: (chat, id, text, atMs) => {
		const timestamp = String(Math.floor(atMs / 1000));
		const value = {
			messaging_product: 'whatsapp',
			metadata: { display_phone_number: '15005550001', phone_number_id: accounts.whatsapp },
			contacts: [{ profile: { name: `Person ${chat}` }, wa_id: chat }],
			messages: [{ from: chat, id: `wamid.${id}`, timestamp, type: 'text', text: { body: text } }],
		};
		const changes = [{ value, field: 'messages' }];
		return { object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes }] };
	},
	messenger: page('page', accounts.messenger),
	instagram: page('instagram', accounts.instagram),
	sms: (chat, id, text) => ({
		...{ AccountSid: accountSid, From: chat, To: accounts.sms, NumMedia: '0', NumSegments: '1' },
		...{ ApiVersion: '2010-04-01', SmsStatus: 'received', MessageSid: `SM${id}`, SmsMessageSid: `SM${id}` },
		Body: text,
	}),
};
