import type { Channel } from '../channel';
import { metaChannel, type MetaOptions } from '../meta/door';
import { parseWhatsApp } from './parse';

/** The Cloud API of WhatsApp. @throws ChannelError `misconfigured` */
export function whatsAppChannel(options: MetaOptions): Channel {
	return metaChannel(options, parseWhatsApp);
}
