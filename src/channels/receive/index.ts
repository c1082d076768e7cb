export type { Channel } from './channel';
export {
	channelEventKinds,
	type CallbackEvent,
	type ChannelEvent,
	type ChannelEventKind,
	type MembershipEvent,
	type MessageEvent,
	type StatusEvent,
	type UnsupportedEvent,
} from './event';
export { gatewayChannel, type GatewayInput, type GatewayOptions } from './generic';
export { instagramChannel } from './instagram';
export { defaultMaxBytes, isTooLong } from './limits';
export { messengerChannel } from './messenger';
export type { MetaOptions } from './meta/door';
export { receive, type Reception, type Rejection, type ReceiveLimits } from './receive';
export { answer, type Answer, type BrokenEntry, type InboundRequest } from './request';
export type { Secrets } from './secrets';
export { sideOf, type Side } from './side';
export { telegramChannel, type TelegramOptions } from './telegram';
export { parseUpdate as parseTelegramUpdate } from './telegram/parse';
export {
	botId,
	deleteWebhook,
	getWebhook,
	setWebhook,
	type TelegramBot,
	type TelegramWebhook,
} from './telegram/webhook';
export { twilioChannel, type TwilioOptions } from './twilio';
export { whatsAppChannel } from './whatsapp';
export * from './queue';
