import { createHmac } from 'node:crypto';

import type { Channel, Verdict } from '../channel';
import { readJson } from '../limits';
import { answer, header, type InboundRequest } from '../request';
import { isSame, judge, unsigned, usableSecrets, type Secrets } from '../secrets';
import { parseGateway, type Gateway, type GatewayInput } from './options';
import { parseGatewayBody } from './parse';

export type { GatewayInput } from './options';

export interface GatewayOptions {
	gateway: GatewayInput;
	secrets: Secrets;
}

/** Any SMS gateway that signs what it sends, or sends a token along. @throws ChannelError `invalid_input`, `misconfigured` */
export function gatewayChannel({ gateway: given, secrets: both }: GatewayOptions): Channel {
	const gateway = parseGateway(given);
	const secrets = usableSecrets('secret of the SMS gateway', both);
	return {
		contentType: gateway.contentType,
		verify: (request) => verify(request, gateway.proof, secrets),
		read: (body) =>
			gateway.contentType === 'application/json'
				? readJson(body)
				: Object.fromEntries(new URLSearchParams(body.toString('utf8'))),
		parse: (body) => parseGatewayBody(body, gateway, new Date()),
		accepted: answer(200),
	};
}

function verify(request: InboundRequest, proof: Gateway['proof'], secrets: Secrets): Verdict {
	const sent = header(request, proof.header);
	if (sent === undefined) return unsigned(`The request has no ${proof.header}.`);
	if (proof.kind === 'token') {
		const token = sent.replace(/^bearer\s+/i, '');
		return judge(secrets, (secret) => isSame(token, secret));
	}
	const { algorithm, encoding, prefix } = proof;
	if (!sent.startsWith(prefix)) return unsigned(`${proof.header} does not begin with "${prefix}".`);
	const signature = sent.slice(prefix.length);
	return judge(secrets, (secret) => {
		const expected = createHmac(algorithm, secret).update(request.body).digest(encoding);
		return isSame(encoding === 'hex' ? signature.toLowerCase() : signature, expected);
	});
}
