export { gatewayClient, type GatewayAccess } from './gateway';
export type { GraphAccess } from './graph';
export { messengerClient, type MessengerAccess } from './messenger';
export { outboundMessages } from './outbound';
export {
	parseContent,
	parseTarget,
	type Button,
	type ChannelClient,
	type Content,
	type ContentInput,
	type Media,
	type Operation,
	type SendRequest,
	type Sent,
	type Target,
	type TargetInput,
} from './request';
export { requestsOf } from './requests';
export { sendWithin, type Delivered, type SendWithinOptions } from './send-within';
export { telegramClient, type TelegramAccess } from './telegram';
export { twilioClient, type TwilioAccess } from './twilio';
export { whatsAppClient } from './whatsapp';
export { freeTextMs, sendOnce } from './window';
