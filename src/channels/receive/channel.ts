import type { ChannelEvent } from './event';
import type { Answer, BrokenEntry, InboundRequest } from './request';

export type Verdict =
	{ genuine: true; withFormerSecret: boolean } | { genuine: false; status: 401 | 403; problem: string };

export interface Parsed {
	events: ChannelEvent[];
	broken: BrokenEntry[];
}

/** What a platform does its own way; everything else stands in `receive`. */
export interface Channel {
	contentType: 'application/json' | 'application/x-www-form-urlencoded';
	/** Answers the question with which a platform makes sure of a webhook. */
	handshake?(request: InboundRequest): { answer: Answer; problem?: string };
	/** In constant time, and before anything of the body is read. */
	verify(request: InboundRequest): Verdict;
	/** @returns undefined when the bytes are not what they say they are */
	read(body: Buffer): unknown;
	/** Never throws: what cannot be read is `broken`, and the rest is not lost for it. */
	parse(body: unknown): Parsed;
	/** What a request is answered when its events are safe. */
	accepted: Answer;
}
