import type { Platform } from './platform';

/**
 * The id of a chat as its platform gives it. A telephone number is one chat however people write it: opt-outs, limits and
 * erasures go by it. WhatsApp has digits alone. Of SMS the "+" stays as it was, for nobody can tell whether a number without
 * one lacks its country; short codes and names stay, too.
 */
export function chatIdOf(platform: Platform, chatId: string): string {
	if (platform !== 'whatsapp' && platform !== 'sms') return chatId;
	const digits = chatId.replaceAll(/\D/g, '').replace(/^00/, '');
	if (digits === '' || !/^\s*\+?[\d\s().-]+$/.test(chatId)) return chatId;
	const isInternational = /^\s*(\+|00)/.test(chatId);
	return platform === 'sms' && isInternational ? `+${digits}` : digits;
}
