import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http';

import { formatDuration, type CheckOf } from '../../../shared';
import type { FoundLevel } from '../../alert';
import { oneLine } from '../finding';
import type { NetworkReason } from '../network/faults';
import { mostBodyBytes, type Body } from './body';
import { jsonProblems } from './json';
import { missingSecurityHeaders } from './security-headers';

/** One thing that is not as the check wants it. */
export interface Problem {
	level: Exclude<FoundLevel, 'ok'>;
	reason: NetworkReason;
	message: string;
}

export interface Judged {
	status: number;
	headers: IncomingHttpHeaders;
	body: Body;
	/** Whether it came over https://. */
	isSecure: boolean;
	/** From the beginning of the check, in milliseconds. */
	totalMs: number;
	/** Until the deadline of the check, in milliseconds. */
	leftMs: number;
	/** Takes secrets out of a part of the answer. */
	hide: (text: string) => string;
}

/** All that is wrong with an answer, in the order in which it matters. */
export async function judge(check: CheckOf<'http'>, answer: Judged): Promise<Problem[]> {
	const text = textOf(answer);
	return [
		...statusProblem(check, answer),
		...textProblems(check, text, answer.body.isCut),
		...(await bodyProblems(check, text, answer)),
		...timeProblem(check, answer.totalMs),
		...headerProblem(check, answer),
	];
}

/** `503 Service Unavailable`; never the words of the server. */
export function statusText(status: number): string {
	return `${status} ${STATUS_CODES[status] ?? ''}`.trim();
}

function statusProblem({ status: wanted }: CheckOf<'http'>, { status, headers }: Judged): Problem[] {
	const isGood = wanted.some((one) => {
		if (typeof one === 'number') return one === status;
		const [from = 0, to = 0] = one.split('-').map(Number);
		return status >= from && status <= to;
	});
	if (isGood) return [];
	const wait = headers['retry-after'];
	const asks = wait === undefined ? '' : ` It asks to come again later (Retry-After: ${oneLine(wait, 40)}).`;
	const message = `The answer is ${statusText(status)}; good would be ${wanted.join(', ')}.${asks}`;
	return [{ level: 'critical', reason: 'status', message }];
}

function textProblems({ contains, containsNot }: CheckOf<'http'>, text: string, isCut: boolean): Problem[] {
	const bad = containsNot.find((one) => text.includes(one));
	if (bad !== undefined)
		return [{ level: 'critical', reason: 'keyword_found', message: `The answer holds ${quoted(bad)}.` }];
	const missing = contains.find((one) => !text.includes(one));
	if (isCut && (missing !== undefined || containsNot.length > 0)) {
		const sought = quoted(missing ?? containsNot[0] ?? '');
		return [beyond(`${sought} was not found in the answer`)];
	}
	if (missing === undefined) return [];
	const message = `The answer does not hold ${quoted(missing)}.`;
	return [{ level: 'critical', reason: 'keyword_missing', message }];
}

async function bodyProblems(
	{ json }: CheckOf<'http'>,
	text: string,
	{ body, hide, leftMs }: Judged,
): Promise<Problem[]> {
	if (json.length === 0) return [];
	if (body.isCut) return [beyond('The JSON of the answer cannot be read')];
	return await jsonProblems(text, json, hide, leftMs);
}

function beyond(what: string): Problem {
	const limit = `${mostBodyBytes / 1024 / 1024} MiB`;
	const message = `${what}: of more than ${limit} only the first ${limit} is read, and what is sought may lie beyond.`;
	return { level: 'unknown', reason: 'body_too_large', message };
}

function timeProblem({ responseTime }: CheckOf<'http'>, totalMs: number): Problem[] {
	const level = (['critical', 'warning'] as const).find((one) => totalMs > (responseTime?.[one] ?? Infinity));
	if (level === undefined) return [];
	const limit = formatDuration(responseTime?.[level] ?? 0);
	const message = `The answer took ${formatDuration(totalMs)}, more than ${limit}.`;
	return [{ level, reason: 'slow', message }];
}

function headerProblem({ securityHeaders }: CheckOf<'http'>, { headers, isSecure }: Judged): Problem[] {
	const missing = securityHeaders ? missingSecurityHeaders(headers, isSecure) : [];
	if (missing.length === 0) return [];
	const message = `These security headers are missing or without effect: ${missing.join(', ')}.`;
	return [{ level: 'warning', reason: 'security_headers', message }];
}

function textOf({ headers, body }: Judged): string {
	const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1];
	try {
		return new TextDecoder(charset).decode(body.content);
	} catch {
		return new TextDecoder().decode(body.content);
	}
}

function quoted(text: string): string {
	return `"${oneLine(text, 80)}"`;
}
