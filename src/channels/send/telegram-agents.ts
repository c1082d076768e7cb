import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent } from 'node:https';

import { mostAnswerBytes, tooLong } from '../answer';

declare module 'node:http' {
	interface Agent {
		/** Left out of Node's types, and what agents of others are made with. */
		addRequest(request: ClientRequest, options: object): void;
	}
}

/** It may unpack to a thousand times as much. */
const mostPackedBytes = mostAnswerBytes / 16;

/**
 * telegraf reads an answer whole and lets nobody say how long it may be, so whoever makes its connections does. The bytes are
 * not counted at the connection: node-fetch takes whoever listens there for an answer that broke off.
 */
function limit(request: ClientRequest): void {
	request.once('response', (answer: IncomingMessage) => {
		const mostBytes = answer.headers['content-encoding'] === undefined ? mostAnswerBytes : mostPackedBytes;
		let sizeBytes = 0;
		answer.on('data', (part: Buffer) => {
			sizeBytes += part.length;
			if (sizeBytes > mostBytes) answer.socket.destroy(tooLong());
		});
	});
}

class LimitedAgent extends Agent {
	override addRequest(request: ClientRequest, options: object): void {
		limit(request);
		super.addRequest(request, options);
	}
}

class LimitedSecureAgent extends SecureAgent {
	override addRequest(request: ClientRequest, options: object): void {
		limit(request);
		super.addRequest(request, options);
	}
}

// Kept open as telegraf's own are: a new one for each message would take longer than the message.
const plain = new LimitedAgent({ keepAlive: true, keepAliveMsecs: 10_000 });
const secure = new LimitedSecureAgent({ keepAlive: true, keepAliveMsecs: 10_000 });

/** What makes the connections to a Bot API; an answer there has at most 1 MiB. */
export const agentFor = (apiRoot: string): Agent => (apiRoot.startsWith('http://') ? plain : secure);
