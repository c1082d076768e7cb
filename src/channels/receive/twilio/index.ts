import type { Channel } from '../channel';
import { usableSecrets, type Secrets } from '../secrets';
import { parseTwilio } from './parse';
import { verifyTwilio } from './signature';

export interface TwilioOptions {
	authTokens: Secrets;
}

/** Messages over Twilio: SMS, and WhatsApp and Messenger where Twilio carries them. @throws ChannelError `misconfigured` */
export function twilioChannel({ authTokens }: TwilioOptions): Channel {
	const tokens = usableSecrets('auth token of Twilio', authTokens);
	return {
		contentType: 'application/x-www-form-urlencoded',
		verify: (request) => verifyTwilio(request, tokens),
		read: (body) => Object.fromEntries(new URLSearchParams(body.toString('utf8'))),
		parse: (body) => parseTwilio(body, new Date()),
		// Whatever else stood here would be sent to the person.
		accepted: {
			status: 200,
			contentType: 'text/xml; charset=utf-8',
			body: '<?xml version="1.0" encoding="UTF-8"?><Response></Response>',
		},
	};
}
