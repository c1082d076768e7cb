import { formatDuration } from '../../shared';
import { ChannelError } from '../errors';
import { isPlatform, platformName, type Platform } from '../platform';
import type { ChannelClient, Content, SendRequest, Sent } from './request';

const hourMs = 60 * 60_000;
export const dayMs = 24 * hourMs;

/** For how long after the last message of the other side a platform takes a free text. */
const windowMs: Partial<Record<Platform, number>> = { whatsapp: dayMs, messenger: dayMs, instagram: dayMs };

/** Milliseconds after the last message of the other side in which a free text can be sent; undefined without such a limit. */
export const freeTextMs = (platform: string): number | undefined =>
	isPlatform(platform) ? windowMs[platform] : undefined;

export interface SendOnceOptions {
	/** Milliseconds since the other side wrote last; undefined when that is not known: the platform decides then. */
	sinceInboundMs?: number | undefined;
	signal?: AbortSignal | undefined;
}

/**
 * Sends it, or in its place the template that it names where no free text is taken any more.
 *
 * @returns what was sent in the end
 * @throws ChannelError; `window_closed` with the reason where there is no template
 */
export async function sendOnce(
	client: ChannelClient,
	request: SendRequest,
	{ sinceInboundMs, signal }: SendOnceOptions = {},
): Promise<{ sent: Sent; content: Content }> {
	const { target, content } = request;
	const dated = { ...request, sinceInboundMs };
	const template = fallbackOf(content);
	const most = client.windowMs ?? windowMs[target.platform];
	const isFree = content.operation === 'message' || content.operation === 'media';
	if (isFree && most !== undefined && sinceInboundMs !== undefined && sinceInboundMs > most) {
		if (template)
			return { sent: await client.send({ target, content: template }, signal), content: template };
		throw closed(request, most, sinceInboundMs);
	}
	try {
		return { sent: await client.send(dated, signal), content };
	} catch (thrown) {
		if (!(template && thrown instanceof ChannelError && thrown.code === 'window_closed')) throw thrown;
		return { sent: await client.send({ target, content: template }, signal), content: template };
	}
}

function fallbackOf(content: Content): Content | undefined {
	return content.operation === 'message' && content.fallback
		? { operation: 'template', ...content.fallback }
		: undefined;
}

function closed(
	{ target: { platform, chatId } }: SendRequest,
	most: number,
	sinceInboundMs: number,
): ChannelError {
	return new ChannelError(
		'window_closed',
		`${platformName(platform)} takes a free text within ${most / hourMs} hours of the last message only; in chat ${chatId} that was ${formatDuration(sinceInboundMs)} ago.`,
		platform === 'whatsapp'
			? 'Send an approved template, or name one as the fallback of the message.'
			: 'Wait until the person writes again.',
		{ chatId },
	);
}
