export { ChannelError, type ChannelErrorCode, type ChannelErrorDetails } from './errors';
export { isPlatform, platformName, platforms, type Platform } from './platform';
export * from './receive';
