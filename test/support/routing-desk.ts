import { saveDesk, saveRules, type RuleSetInput } from '../../src/decide';
import { savePolicy, saveSchedule, type ScheduleDefinition } from '../../src/sla';
import { saveChannelAccount, saveFaqItem, saveMember, saveTeam, saveTemplate } from '../../src/store';
import { nodeOf } from '../workflows/backing-up';
import { accounts, FiveChannels } from './channels/five-channels';
import { DeskInN8n } from './desk-in-n8n';

type Rule = NonNullable<RuleSetInput['rules']>[number];

/** Holds when the text of the message has these words. */
const says = (words: string): Rule['when'] => ({
	combinator: 'and',
	options: { caseSensitive: false, typeValidation: 'loose', version: 2 },
	conditions: [
		{
			...{ id: '1', leftValue: 'message.text', rightValue: words },
			operator: { type: 'string', operation: 'contains' },
		},
	],
});

/** A desk whose answers and hand-overs can be told from the words of a message. */
const rules: RuleSetInput = {
	name: 'By words',
	rules: [
		{
			...{ id: 'complaint', priority: 9, when: says('unacceptable'), outcome: 'escalate' },
			...{ withinMinutes: 15, template: 'meanwhile', reason: 'somebody complains' },
		},
		{
			...{ id: 'invoice', priority: 8, when: says('invoice'), outcome: 'route', team: 'accounting' },
			reason: 'invoices are for accounting',
		},
		{
			...{ id: 'hours', priority: 7, when: says('opening hours'), outcome: 'reply' },
			...{ template: 'opening hours', reason: 'somebody asks for the hours' },
		},
		{
			...{ id: 'catalogue', priority: 6, when: says('catalogue'), outcome: 'reply', template: 'catalogue' },
			...{ timing: { kind: 'delayed', delayMinutes: 60 }, reason: 'the catalogue is sent in an hour' },
		},
		{
			...{ id: 'thanks', priority: 5, when: says('thank'), outcome: 'ignore' },
			reason: 'thanks ask for nothing',
		},
	],
	otherwise: { outcome: 'escalate' },
};

export const texts = {
	meanwhile: 'I have called a colleague.',
	'opening hours': 'We are here from nine to five.',
	catalogue: 'Here is the catalogue.',
};

/** Where the operators are: a topic of a group. */
export const operators = { chatId: '-100900', threadId: '77' };
/** Of the teams that have a desk of their own. */
export const accountants = { chatId: '-100901' };

const second = { limit: 100, periodMs: 1000 };
const wide = { account: [second], chat: [second], group: [second] };

/** Who answers, and how they are known on Telegram. */
export const olga = { id: 5001, name: 'Olga' };

/** A help desk as a user sets it up from the shipped workflows: five channels, rules, people, promises. */
export class RoutingDesk {
	private lastMessage = 0;

	private constructor(
		readonly n8n: DeskInN8n,
		readonly channels: FiveChannels,
		readonly olgaId: number,
	) {}

	/**
	 * @param sendAtOnce whether what is to be sent starts a run of send-outbox, or waits for its schedule
	 * @param env settings of n8n besides the usual ones
	 */
	static async open(
		name: string,
		hours: ScheduleDefinition,
		sendAtOnce = true,
		env: Record<string, string> = {},
	): Promise<RoutingDesk> {
		const channels = await FiveChannels.start();
		const n8n = await DeskInN8n.open(name, env);
		const { store } = n8n;
		await saveSchedule(store, { name: 'Hours', definition: hours, isDefault: true });
		await savePolicy(store, {
			layer: 'tenant',
			policy: { targetMinutes: { firstResponse: 60 }, escalation: { most: 0 } },
		});
		await saveTeam(store, { team: 'accounting' });
		const identities = [{ platform: 'telegram', id: String(olga.id) }];
		const { id } = await saveMember(
			store,
			{ email: 'olga@example.com' },
			{ name: olga.name, role: 'manager', identities },
		);
		// Of clients and operators there are more than a platform allows in a moment.
		for (const platform of ['telegram', 'sms'] as const)
			await saveChannelAccount(
				store,
				{ platform, externalId: accounts[platform] },
				{ settings: { rateLimits: wide } },
			);
		const place = { platform: 'telegram', account: accounts.telegram };
		await saveDesk(store, { ...place, ...operators });
		await saveDesk(store, { ...place, ...accountants, team: 'accounting' });
		for (const [template, content] of Object.entries(texts))
			await saveTemplate(store, { template }, { content });
		await saveFaqItem(
			store,
			{ question: 'When will my parcel arrive?' },
			{ answer: 'Within three days.', keywords: ['parcel'] },
		);
		await saveRules(store, rules);
		for (const key of ['start-timers-on-requests', 'stop-timers-on-replies']) await n8n.install(key);
		await channels.connectSender(n8n, { hasTimers: true });
		await n8n.install('route-messages', {
			settings: { sendAtOnce },
			change: (workflow) => delete nodeOf(workflow, 'When clients have written').disabled,
		});
		await n8n.install('relay-operator-replies', { settings: { sendAtOnce } });
		await channels.connectDoors(n8n, ['Let Eva decide', 'Relay it to the client']);
		return new RoutingDesk(n8n, channels, id);
	}

	/** Somebody writes in the group of the operators. @returns the status */
	async operatorWrites(
		text: string,
		{ replyTo, by = olga, id }: { replyTo?: number; by?: { id: number; name: string }; id?: number } = {},
	): Promise<number> {
		const messageId = id ?? (this.lastMessage += 1);
		const chat = { id: Number(operators.chatId), type: 'supergroup', title: 'Operators', is_forum: true };
		const topic = { message_thread_id: Number(operators.threadId), is_topic_message: true };
		const date = Math.floor(Date.now() / 1000);
		const bot = { id: Number(accounts.telegram), is_bot: true, first_name: 'Eva' };
		const message = {
			...{ message_id: 80_000 + messageId, date, chat, ...topic, text },
			from: { id: by.id, is_bot: false, first_name: by.name },
			...(replyTo !== undefined && {
				reply_to_message: { message_id: replyTo, date, chat, from: bot, ...topic },
			}),
		};
		const update = { update_id: 800_000 + messageId, message };
		return (await this.channels.telegram.webhook.deliver(update, { origin: this.n8n.n8n.url })).status;
	}

	/** What stands in the topic of the operators, the first one first. */
	get topic(): { id: number; text: string }[] {
		return this.channels.telegram.taken.filter(
			({ chatId, threadId }) => chatId === operators.chatId && threadId === operators.threadId,
		);
	}

	async close(): Promise<void> {
		await this.n8n.close();
		await this.channels.stop();
	}
}
