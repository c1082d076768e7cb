import { ChannelError } from '../errors';
import { carrierOf } from '../carrier';
import { platformName } from '../platform';
import { mostCaption, partsOf, seenText, written } from '../render';
import type { Content, Target } from './request';

/**
 * The requests in which something goes to a platform: a text that is too long in several, with the buttons below the last one
 * and the answer marked at the first.
 *
 * @throws ChannelError `invalid_input`
 */
export function requestsOf(
	{ platform, account }: Pick<Target, 'platform' | 'account'>,
	content: Content,
): Content[] {
	const carrier = carrierOf(account);
	if (content.operation === 'message') {
		const parts = partsOf(platform, content.text, content.format, carrier);
		if (parts.length === 0) throw empty();
		const { format } = written(platform, content.text, content.format);
		const { buttons, replyTo, fallback, ...rest } = content;
		return parts.map((text, index) => ({
			...rest,
			...{ text, format },
			...(index === 0 && replyTo !== undefined && { replyTo }),
			...(index === 0 && fallback && { fallback }),
			...(index === parts.length - 1 && buttons && { buttons }),
		}));
	}
	if (content.operation === 'edit') {
		const parts = partsOf(platform, content.text, content.format, carrier);
		if (parts.length !== 1)
			throw parts.length === 0
				? empty()
				: tooLong(`The new text is longer than ${platformName(platform)} takes`);
		return [{ ...content, ...written(platform, content.text, content.format) }];
	}
	if (content.operation !== 'media') return [content];
	const media = content.media.map(({ caption, ...item }) => {
		if (caption === undefined || caption === '') return item;
		const { text, format } = written(platform, caption, content.format);
		if (seenText(text, format).length > mostCaption(platform))
			throw tooLong(
				`A caption has more than the ${mostCaption(platform)} characters that ${platformName(platform)} takes`,
			);
		return { ...item, caption: text };
	});
	const { format } = written(platform, '', content.format);
	// One file in a message: what else there is goes in messages of its own.
	if (platform === 'telegram' || media.length === 1) return [{ ...content, media, format }];
	return media.map((item) => ({ ...content, media: [item], format }));
}

const empty = (): ChannelError =>
	new ChannelError('invalid_input', 'The text of the message is empty.', 'Give it a text. Nothing was sent.');

const tooLong = (what: string): ChannelError =>
	new ChannelError(
		'invalid_input',
		`${what}.`,
		'Shorten it, or send a message of its own. Nothing was sent.',
	);
