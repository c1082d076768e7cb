import { oneLine } from '../../probes/finding';
import { endpoint } from '../../probes/network/faults';
import type { Conversation } from './conversation';
import { ReadFault } from './fault';

/** A proxy that opens connections to others (RFC 9110, 9.3.6). */
export interface Proxy {
	host: string;
	port: number;
	/** `user:password`, as it is sent. */
	authorization?: string | undefined;
}

/** Asks the proxy for a connection. @throws ReadFault, NetworkFault */
export async function connectThrough(
	conversation: Conversation,
	{ host: proxyHost, port: proxyPort, authorization }: Proxy,
	host: string,
	port: number,
): Promise<void> {
	const target = endpoint(host, port);
	const proxy = `The proxy ${endpoint(proxyHost, proxyPort)}`;
	const credentials =
		authorization === undefined
			? ''
			: `Proxy-Authorization: Basic ${Buffer.from(authorization).toString('base64')}\r\n`;
	conversation.say(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${credentials}\r\n`);
	const head = await conversation.hear((heard) => {
		const end = heard.indexOf('\r\n\r\n');
		return end === -1 ? undefined : end + 4;
	}, "the proxy's answer");
	const [first = ''] = head.toString('latin1').split('\r\n');
	const status = /^HTTP\/1\.\d (\d{3})/.exec(first)?.[1];
	if (status === undefined) throw new ReadFault('connect_failed', `${proxy} does not speak HTTP.`);
	if (status === '407')
		throw new ReadFault(
			'connect_failed',
			`${proxy} wants a user and a password (407)${authorization === undefined ? '' : ', and does not take those given'}.`,
		);
	if (!status.startsWith('2'))
		throw new ReadFault(
			'connect_failed',
			`${proxy} opens no connection to ${target}: ${oneLine(first, 100)}.`,
		);
}
