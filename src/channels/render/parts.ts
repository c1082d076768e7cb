import type { Carrier } from '../carrier';
import type { Platform } from '../platform';
import { splitPlain } from './cut';
import type { Format } from './escape';
import { seenText, splitMarkup, tokensOf, type Token } from './markup';

/**
 * The longest text of one message, and of a caption. Sources: core.telegram.org/bots/api (sendMessage, sendPhoto);
 * developers.facebook.com/docs/whatsapp/cloud-api (text and media messages); developers.facebook.com/docs/messenger-platform
 * (Send API); developers.facebook.com/docs/instagram-platform (1,000 bytes); twilio.com/docs/messaging/api/message-resource.
 */
const most: Record<Platform, { text: number; caption: number; unit: 'characters' | 'bytes' }> = {
	telegram: { text: 4096, caption: 1024, unit: 'characters' },
	whatsapp: { text: 4096, caption: 1024, unit: 'characters' },
	messenger: { text: 2000, caption: 2000, unit: 'characters' },
	instagram: { text: 1000, caption: 1000, unit: 'bytes' },
	sms: { text: 1600, caption: 1600, unit: 'characters' },
};

/** The longest caption that a platform takes, in characters. */
export const mostCaption = (platform: Platform): number => most[platform].caption;

/** Telegram formats, WhatsApp has marks of its own, the others show signs as they are. */
export function written(platform: Platform, text: string, format: Format): { text: string; format: Format } {
	if (format === 'plain' || platform === 'telegram') return { text, format };
	return {
		text: platform === 'whatsapp' ? whatsAppText(text, format) : seenText(text, format),
		format: 'plain',
	};
}

/**
 * A text in the parts in which it goes to a platform, none longer than that takes.
 * @throws ChannelError `invalid_input` for tags or marks that do not match
 */
export function partsOf(platform: Platform, given: string, givenFormat: Format, carrier?: Carrier): string[] {
	const { text, format } = written(platform, given, givenFormat);
	const { text: own, unit } = most[platform];
	// Twilio takes no more of any platform.
	const length = carrier === 'twilio' ? Math.min(own, most.sms.text) : own;
	if (format !== 'plain') return splitMarkup(text, format, length);
	return unit === 'bytes' ? splitBytes(text, length) : splitPlain(text, length);
}

function splitBytes(text: string, length: number): string[] {
	if (Buffer.byteLength(text) <= length) return text === '' ? [] : [text];
	// Shorter by half until it fits: a character has one to four bytes.
	for (let characters = length; ; characters = Math.floor(characters * 0.75)) {
		const parts = splitPlain(text, Math.max(characters, 4));
		if (characters <= 4 || parts.every((part) => Buffer.byteLength(part) <= length)) return parts;
	}
}

const whatsAppMarks: Record<string, string> = {
	'</b>': '*',
	'</strong>': '*',
	'</i>': '_',
	'</em>': '_',
	'</s>': '~',
	'</strike>': '~',
	'</del>': '~',
	'</code>': '```',
	'</pre>': '```',
	'*': '*',
	_: '_',
	'~': '~',
	'`': '```',
	'```': '```',
};

/** Bold, italic, struck out and code as WhatsApp writes them; the rest is text. */
function whatsAppText(text: string, format: Exclude<Format, 'plain'>): string {
	const mark = (token: Token): string =>
		token.kind === 'text'
			? token.seen
			: (whatsAppMarks[token.kind === 'open' ? token.closing : token.written] ?? '');
	return tokensOf(text, format).map(mark).join('');
}
