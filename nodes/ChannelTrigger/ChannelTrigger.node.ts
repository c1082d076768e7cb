import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type IHookFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { metaWebhookApiTest, webhookSecretApiTest } from '../shared/webhook-credential-tests';
import { answerWebhook } from './answer';
import { displayOptions } from './credentials';
import { description } from './descriptions';
import { createTelegramWebhook, deleteTelegramWebhook, telegramWebhookExists } from './telegram';
import { workOff } from './work-off';

export class ChannelTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Channel Trigger',
		name: 'channelTrigger',
		icon: { light: 'file:channelTrigger.svg', dark: 'file:channelTrigger.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["platform"] + ": " + $parameter["events"].join(", ") }}',
		description:
			'Starts the workflow once for each message, button or membership of a chat channel, verified and in one form',
		eventTriggerDescription: 'Waiting for something to come in',
		activationMessage: 'What comes in on the channel now starts this workflow.',
		defaults: { name: 'Channel Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'telegramApi', required: true, displayOptions: displayOptions.telegramApi },
			{
				name: 'metaWebhookApi',
				required: true,
				testedBy: 'metaWebhookApiTest',
				displayOptions: displayOptions.metaWebhookApi,
			},
			{ name: 'twilioApi', required: true, displayOptions: displayOptions.twilioApi },
			{
				name: 'webhookSecretApi',
				required: true,
				testedBy: 'webhookSecretApiTest',
				displayOptions: displayOptions.webhookSecretApi,
			},
			{ name: 'supabaseApi', required: true, displayOptions: displayOptions.supabaseApi },
			{ name: 'postgres', required: true, displayOptions: displayOptions.postgres },
		],
		webhooks: [
			// Meta asks before it delivers.
			{ name: 'setup', httpMethod: 'GET', responseMode: 'onReceived', path: 'channel' },
			{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'channel' },
		],
		properties: description,
	};

	methods = { credentialTest: { metaWebhookApiTest, webhookSecretApiTest } };

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return !isTelegram(this) || (await telegramWebhookExists(this));
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return !isTelegram(this) || (await createTelegramWebhook(this));
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return !isTelegram(this) || (await deleteTelegramWebhook(this));
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await answerWebhook(this);
	}

	/** Works off what the webhook has put into the queue. */
	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await workOff(this);
	}

	/** n8n runs this in place of `trigger` when a run begins, which in a test run would wait for another event. */
	execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return Promise.resolve([this.getInputData()]);
	}
}

function isTelegram(context: IHookFunctions): boolean {
	return context.getNodeParameter('platform') === 'telegram';
}
