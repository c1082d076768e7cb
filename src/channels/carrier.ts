import { isPlatform, type Platform } from './platform';

/**
 * WhatsApp and Messenger can also be reached through Twilio. The accounts of such numbers and pages begin with its name: the
 * platform's own interface does not know them, and what is counted for them is counted by themselves.
 */
export type Carrier = 'twilio';

const prefix = 'twilio:';
/** What Twilio puts before an address that is none of SMS. */
const channelWord = /^(whatsapp|messenger):(.+)$/;

/** Through whom an account is reached; undefined: straight. */
export function carrierOf(account: string): Carrier | undefined {
	return account.startsWith(prefix) ? 'twilio' : undefined;
}

/** Where an address of Twilio's is: `whatsapp:+15005550006` is a number of WhatsApp. */
export function ofTwilio(address: string): { platform: Platform; id: string; account: string } {
	const [, word, id = address] = channelWord.exec(address) ?? [];
	if (!isPlatform(word)) return { platform: 'sms', id, account: id };
	return { platform: word, id: word === 'whatsapp' ? id.replace(/^\+/, '') : id, account: prefix + id };
}

/** The account of a platform over Twilio, however it was written. */
export function twilioAccount(platform: Platform, account: string): string {
	const { id, account: carried } = ofTwilio(account);
	if (platform === 'sms') return id;
	return carrierOf(carried) ? carried : prefix + carried;
}

/** How Twilio writes an account or a chat. */
export function twilioAddress(platform: Platform, id: string): string {
	const bare = id.startsWith(prefix) ? id.slice(prefix.length) : id;
	if (platform === 'whatsapp') return `whatsapp:+${bare.replace(/^\+/, '')}`;
	return platform === 'messenger' ? `messenger:${bare}` : bare;
}
