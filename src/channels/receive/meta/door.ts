import type { Channel, Parsed } from '../channel';
import { ChannelError } from '../../errors';
import { isRecord } from '../fields';
import { readJson } from '../limits';
import { answer, header, type InboundRequest } from '../request';
import { fitsHexHmac, isSame, judge, unsigned, usableSecrets, type Secrets } from '../secrets';

export interface MetaOptions {
	/** The secret of the app, by which Meta signs. */
	appSecrets: Secrets;
	/** Asked for when the webhook is set up in the app. */
	verifyToken: string;
}

const mostChallengeLength = 1000;

/**
 * What WhatsApp, Messenger and Instagram share: https://developers.facebook.com/docs/graph-api/webhooks/getting-started.
 *
 * @throws ChannelError `misconfigured` when a secret is empty
 */
export function metaChannel(options: MetaOptions, parse: (body: unknown) => Parsed): Channel {
	const secrets = usableSecrets('app secret', options.appSecrets);
	const { verifyToken } = options;
	if (verifyToken === '') {
		throw new ChannelError(
			'misconfigured',
			'The verify token is empty, so anybody could set up a webhook that ends here.',
			'Make one up, and enter it in the credential and in the app.',
		);
	}
	return {
		contentType: 'application/json',
		handshake: (request) => handshake(request, verifyToken),
		verify(request) {
			const signature = header(request, 'x-hub-signature-256');
			if (signature === undefined) return unsigned('The request has no X-Hub-Signature-256.');
			if (!/^sha256=/i.test(signature)) return unsigned('X-Hub-Signature-256 is no SHA-256 signature.');
			return judge(secrets, (secret) => fitsHexHmac(signature, secret, request.body));
		},
		read: readJson,
		parse,
		accepted: answer(200, 'EVENT_RECEIVED'),
	};
}

/** The challenge goes back as plain text: whatever it holds, no browser makes a page of it. */
function handshake(
	{ query }: InboundRequest,
	verifyToken: string,
): ReturnType<NonNullable<Channel['handshake']>> {
	const token = queryText(query, 'verify_token');
	const challenge = queryText(query, 'challenge');
	if (token === undefined || !isSame(token, verifyToken)) {
		return { answer: answer(403), problem: 'Somebody has asked with another verify token.' };
	}
	if (queryText(query, 'mode') !== 'subscribe' || challenge === undefined) {
		return { answer: answer(400), problem: 'The question has no mode "subscribe" or no challenge.' };
	}
	return { answer: answer(200, challenge.slice(0, mostChallengeLength)) };
}

/** Some servers make an object of names with dots. */
function queryText(query: InboundRequest['query'], name: string): string | undefined {
	const { hub } = query;
	const value = query[`hub.${name}`] ?? (isRecord(hub) ? hub[name] : undefined);
	return typeof value === 'string' && value !== '' ? value : undefined;
}
