import { header, type InboundRequest } from './request';
import type { Rejection } from './receive';

export const defaultMaxBytes = 1024 * 1024;

/** Why a request is too much, or of the wrong kind, to be looked into; undefined when it is neither. */
export function limitFault(
	request: InboundRequest,
	contentType: string,
	maxBytes = defaultMaxBytes,
): { status: number; reason: Rejection['reason']; problem: string } | undefined {
	if (isTooLong(request, maxBytes) || request.body.length > maxBytes) {
		return { status: 413, reason: 'too_large', problem: `The body has more than ${maxBytes} bytes.` };
	}
	const given = header(request, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase();
	if (given !== contentType) {
		return { status: 415, reason: 'wrong_type', problem: `The body is not declared as ${contentType}.` };
	}
	return undefined;
}

/** Whether the request says itself that its body is over the limit, so that it need not be read to be refused. */
export function isTooLong(request: Pick<InboundRequest, 'headers'>, maxBytes = defaultMaxBytes): boolean {
	return Number(header(request, 'content-length') ?? 0) > maxBytes;
}

/** @returns undefined for what is no JSON in UTF-8 */
export function readJson(body: Buffer): unknown {
	try {
		return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
	} catch {
		return undefined;
	}
}
