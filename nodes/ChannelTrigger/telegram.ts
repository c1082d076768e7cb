import { createHash } from 'node:crypto';
import type { IHookFunctions } from 'n8n-workflow';

import type { ChannelEventKind } from '../../src/channels';
import { errorMessage, maskSecrets } from '../../src/shared';
import { toNodeError } from '../shared/node-error';
import { telegramBot, telegramSecrets } from './channel';
import { triggerParameters } from './parameters';

/** What Telegram is to send for each kind of event. */
const updates: Record<ChannelEventKind, string[]> = {
	message: [
		...['message', 'edited_message', 'channel_post', 'edited_channel_post'],
		...['business_message', 'edited_business_message', 'deleted_business_messages'],
	],
	callback: ['callback_query'],
	membership: ['my_chat_member', 'chat_member', 'chat_join_request'],
	status: ['message_reaction', 'message_reaction_count'],
	unsupported: [
		...['business_connection', 'inline_query', 'chosen_inline_result', 'shipping_query'],
		...['pre_checkout_query', 'purchased_paid_media', 'poll', 'poll_answer'],
		...['chat_boost', 'removed_chat_boost'],
	],
};

/** Whether Telegram delivers here already, what is wanted, with the secret of now. @throws NodeOperationError */
export async function telegramWebhookExists(context: IHookFunctions): Promise<boolean> {
	return await guarded(context, async () => {
		const { getWebhook } = await import('../../src/channels/index.js');
		const wanted = await wantedWebhook(context);
		const { url, allowedUpdates } = await getWebhook(wanted.bot);
		const isSame =
			url === wanted.url && [...allowedUpdates].sort().join() === [...wanted.allowedUpdates].sort().join();
		return isSame && context.getWorkflowStaticData('node')['webhook'] === fingerprint(wanted);
	});
}

/** @throws NodeOperationError */
export async function createTelegramWebhook(context: IHookFunctions): Promise<boolean> {
	return await guarded(context, async () => {
		const { setWebhook } = await import('../../src/channels/index.js');
		const wanted = await wantedWebhook(context);
		await setWebhook(wanted.bot, wanted);
		context.getWorkflowStaticData('node')['webhook'] = fingerprint(wanted);
		return true;
	});
}

/** Leaves one alone that another program has set meanwhile. */
export async function deleteTelegramWebhook(context: IHookFunctions): Promise<boolean> {
	try {
		const { deleteWebhook, getWebhook } = await import('../../src/channels/index.js');
		const { bot, url } = await wantedWebhook(context);
		if ((await getWebhook(bot)).url === url) await deleteWebhook(bot);
		return true;
	} catch (thrown) {
		context.logger.warn(`The webhook of the bot was not removed: ${maskSecrets(errorMessage(thrown))}`);
		return false;
	} finally {
		delete context.getWorkflowStaticData('node')['webhook'];
	}
}

async function wantedWebhook(context: IHookFunctions) {
	const { publicUrl, events } = triggerParameters(context);
	const bot = await telegramBot(context);
	const { current: secretToken } = await telegramSecrets(context, bot.token);
	return {
		bot,
		secretToken,
		url: publicUrl ?? context.getNodeWebhookUrl('default') ?? '',
		allowedUpdates: events.flatMap((kind) => updates[kind] ?? []),
	};
}

/** Of the bot and its secret, neither of which is to be read from it. */
function fingerprint({ bot, secretToken }: Awaited<ReturnType<typeof wantedWebhook>>): string {
	return createHash('sha256').update(`${bot.token} ${secretToken}`).digest('hex').slice(0, 32);
}

async function guarded<Result>(context: IHookFunctions, work: () => Promise<Result>): Promise<Result> {
	try {
		return await work();
	} catch (thrown) {
		throw toNodeError(context.getNode(), thrown, 0);
	}
}
