import type { ChannelEvent } from './event';
import { limitFault } from './limits';
import type { Channel } from './channel';
import { answer, type Answer, type BrokenEntry, type InboundRequest } from './request';

/** Why a request was turned away; for the log, never for whoever has sent it. */
export interface Rejection {
	reason: 'forged' | 'unverified' | 'too_large' | 'wrong_type' | 'invalid' | 'wrong_method';
	problem: string;
}

/** What a request comes to. Nothing is to be answered before its events are durable. */
export interface Reception {
	/** To be given once the events are safe. */
	answer: Answer;
	/** In the order of the request; none for a request that was turned away. */
	events: ChannelEvent[];
	/** What of it could not be read. */
	broken: BrokenEntry[];
	/** Whether it was signed with the former secret, which the platform should use no more. */
	withFormerSecret: boolean;
	rejection?: Rejection;
}

export interface ReceiveLimits {
	/** Of the body. Default 1,048,576. */
	maxBytes?: number;
}

/**
 * Judges a request to the webhook of a channel: whether the platform has sent it, and what it says.
 *
 * The signature is checked over the bytes as they came, before anything of them is read. It never throws for what a
 * request holds.
 */
export function receive(channel: Channel, request: InboundRequest, limits: ReceiveLimits = {}): Reception {
	if (request.method === 'GET' || request.method === 'HEAD') {
		return channel.handshake
			? said(channel.handshake(request))
			: turnedAway(405, 'wrong_method', `${request.method} is not used by this platform.`);
	}
	if (request.method !== 'POST') {
		return turnedAway(405, 'wrong_method', `${request.method} is not used by this platform.`);
	}
	const fault = limitFault(request, channel.contentType, limits.maxBytes);
	if (fault) return turnedAway(fault.status, fault.reason, fault.problem);
	const verdict = channel.verify(request);
	if (!verdict.genuine) return turnedAway(verdict.status, 'forged', verdict.problem);
	const body = channel.read(request.body);
	if (body === undefined) {
		return turnedAway(400, 'invalid', `The body is not ${channel.contentType}, though it is genuine.`);
	}
	const { events, broken } = channel.parse(body);
	return {
		answer: channel.accepted,
		events,
		broken,
		withFormerSecret: verdict.withFormerSecret,
	};
}

function said({ answer: given, problem }: { answer: Answer; problem?: string }): Reception {
	return {
		answer: given,
		events: [],
		broken: [],
		withFormerSecret: false,
		...(problem !== undefined && { rejection: { reason: 'unverified', problem } }),
	};
}

function turnedAway(status: number, reason: Rejection['reason'], problem: string): Reception {
	return {
		answer: answer(status),
		events: [],
		broken: [],
		withFormerSecret: false,
		rejection: { reason, problem },
	};
}
