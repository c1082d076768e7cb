import type { Channel } from '../channel';
import { parseConversations } from '../meta/conversation';
import { metaChannel, type MetaOptions } from '../meta/door';

/** @throws ChannelError `misconfigured` */
export function messengerChannel(options: MetaOptions): Channel {
	return metaChannel(options, (body) => parseConversations(body, 'messenger', 'page'));
}
