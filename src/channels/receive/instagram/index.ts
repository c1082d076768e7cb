import type { Channel } from '../channel';
import { parseConversations } from '../meta/conversation';
import { metaChannel, type MetaOptions } from '../meta/door';

/** @throws ChannelError `misconfigured` */
export function instagramChannel(options: MetaOptions): Channel {
	return metaChannel(options, (body) => parseConversations(body, 'instagram', 'instagram'));
}
