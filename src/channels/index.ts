export { carrierOf, ofTwilio, twilioAccount, type Carrier } from './carrier';
export { ChannelError, type ChannelErrorCode, type ChannelErrorDetails } from './errors';
export * from './media';
export { isPlatform, platformName, platforms, type Platform } from './platform';
export * from './receive';
export { usualLimits, type RateLimits, type RateRule } from './limits';
export { LocalLimiter, processLimiter, StoreLimiter, type Limiter } from './limits';
export * from './outbox';
export {
	escapeFor,
	escapeHtml,
	escapeMarkdown,
	fillTemplate,
	formats,
	optOutWord,
	smsSize,
	type Format,
	type SmsSize,
} from './render';
export * from './send';
