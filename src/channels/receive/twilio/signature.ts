import { createHmac } from 'node:crypto';

import type { InboundRequest } from '../request';
import { header } from '../request';
import { isSame, judge, unsigned, type Secrets } from '../secrets';
import type { Verdict } from '../channel';

/**
 * Twilio signs the address it has called and the sorted fields of the form with HMAC-SHA1:
 * https://www.twilio.com/docs/usage/security#validating-requests. The address is the public one, as Twilio knows it.
 */
export function verifyTwilio(request: InboundRequest, authTokens: Secrets): Verdict {
	const signature = header(request, 'x-twilio-signature');
	if (signature === undefined) return unsigned('The request has no X-Twilio-Signature.');
	const fields = signedFields(request.body);
	const addresses = spellings(request.publicUrl);
	return judge(authTokens, (token) =>
		// All of them, whichever fits: the time tells nothing.
		addresses.map((address) => isSame(signature, signatureOf(address + fields, token))).includes(true),
	);
}

function signatureOf(text: string, token: string): string {
	return createHmac('sha1', token).update(text, 'utf8').digest('base64');
}

/** Names and values one after the other, by name; of a field that comes twice each value once. */
function signedFields(body: Buffer): string {
	const fields = new Map<string, Set<string>>();
	for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
		fields.set(name, (fields.get(name) ?? new Set()).add(value));
	}
	return [...fields]
		.sort(([one], [other]) => (one < other ? -1 : 1))
		.flatMap(([name, values]) => [...values].sort().map((value) => name + value))
		.join('');
}

const usualPorts: Record<string, string> = { 'https:': '443', 'http:': '80' };

/** With and without the port: some of Twilio's products sign the one, some the other. */
function spellings(address: string): string[] {
	const [, scheme = '', host = '', port, rest = ''] =
		/^(https?:)\/\/([^/?#:]+|\[[^\]]+\])(?::(\d+))?(.*)$/i.exec(address) ?? [];
	if (host === '') return [address];
	const withPort = `${scheme}//${host}:${port ?? usualPorts[scheme.toLowerCase()]}${rest}`;
	return [withPort, `${scheme}//${host}${rest}`];
}
