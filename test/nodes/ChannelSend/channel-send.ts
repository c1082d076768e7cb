import type { IDataObject } from 'n8n-workflow';

import { ChannelSend } from '../../../nodes/ChannelSend/ChannelSend.node';
import type { TelegramCloud } from '../../support/channels/telegram-cloud';
import type { Stand } from '../../src/store/stand';
import { storeCredentials, storeNodeRunner } from '../store-node';

export const type = 'n8n-nodes-opsdesk.channelSend';

/** The node in n8n's engine, over the double of Telegram's cloud and, where one is given, a stand. */
export function sendNode(cloud: Pick<TelegramCloud, 'token' | 'cloud'>, stand?: Stand) {
	const credentials: Record<string, IDataObject> = {
		telegramApi: { accessToken: cloud.token, baseUrl: cloud.cloud.url },
		whatsAppApi: { accessToken: 'EAAexampleexampleexample1' },
		twilioApi: { authType: 'authToken', accountSid: 'AC1', authToken: 'example-of-a-token' },
		...(stand && storeCredentials(stand.supabase)),
	};
	const runner = storeNodeRunner(type, ChannelSend, stand?.supabase);
	return {
		run: (parameters: IDataObject, options: object = {}) =>
			runner.run(parameters, { credentials, ...options }),
		items: (parameters: IDataObject, options: object = {}) =>
			runner.items(parameters, { credentials, ...options }),
		refusal: (parameters: IDataObject, options: object = {}) =>
			runner.refusal(parameters, { credentials, ...options }),
		asTool: (parameters: IDataObject, options: object = {}) =>
			runner.asTool(parameters, { credentials, ...options }),
	};
}
