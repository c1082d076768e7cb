import type { CheckOf } from '../../../shared';
import { Fault } from '../finding';
import { NetworkFault } from '../network/faults';
import { leadsInside, zoneOf, type Zone } from '../network/zone';
import type { ProbeContext } from '../probe';
import { exchange, type Answer } from './exchange';
import { isSameHost, requestHeaders } from './headers';
import { shownAddress } from './shown-address';

export interface Followed extends Answer {
	/** Where the way has ended. */
	url: URL;
}

/** What became of a check so far, for its details. */
export interface Trail {
	/** Requests that were sent again, because the connection was broken off before an answer began. */
	attempts: number;
	/** Addresses of redirects, as they are shown. */
	redirects: string[];
}

const mostRedirects = 10;

interface Step {
	url: URL;
	method: string;
	body: string | undefined;
	/** Whether the way has not left the host of the check; once left, it counts as left. */
	isTrusted: boolean;
	/** The outermost zone that an answer came from. */
	reached: Zone | undefined;
}

/**
 * The last answer on the way of the redirects.
 *
 * @param trail is filled on the way
 * @param isAtEnd whether the way ends at an address without asking it; the answer is then the redirect to it
 * @throws NetworkFault
 */
export async function follow(
	check: CheckOf<'http'>,
	{ secrets, unusable, signal, isPublicOnly = false }: ProbeContext,
	trail: Trail,
	isAtEnd: (url: URL) => boolean = () => false,
): Promise<Followed> {
	const first = new URL(check.url);
	const seen = new Set<string>();
	let step: Step = {
		url: first,
		method: check.method,
		body: check.body,
		isTrusted: true,
		// As if a redirect had led there from outside.
		reached: isPublicOnly ? 'public' : undefined,
	};
	for (;;) {
		const { url, method, body, isTrusted } = step;
		seen.add(`${method} ${url.href}`);
		const answer = await withRetry(
			{
				...{ url, method, body, family: check.addressFamily, isRedirect: url !== first },
				headers: requestHeaders(check, { ...secrets, unusable: unusable?.header }, url.host, {
					...{ isTrusted, withBody: body !== undefined },
				}),
				mayConnect: (address) => (check.privateRedirects && !isPublicOnly) || mayReach(step, address),
			},
			signal,
			trail,
		);
		const target = check.redirects === 'follow' ? redirectOf(answer) : undefined;
		if (target === undefined) return { ...answer, url };
		answer.socket.destroy();
		step = nextStep(first, step, answer, target);
		trail.redirects.push(shownAddress(step.url));
		if (isAtEnd(step.url)) return { ...answer, url: step.url };
		if (seen.has(`${step.method} ${step.url.href}`))
			throw new NetworkFault(
				'redirect_loop',
				`The redirects lead in a circle: ${shownAddress(step.url)} again.`,
			);
		if (trail.redirects.length > mostRedirects)
			throw new NetworkFault('redirect_loop', `There are more than ${mostRedirects} redirects.`);
	}
}

/** A request that changes something is not sent twice: it may have been carried out. */
async function withRetry(
	asked: Parameters<typeof exchange>[0],
	signal: AbortSignal,
	trail: Trail,
): Promise<Answer> {
	try {
		return await exchange(asked, signal);
	} catch (thrown) {
		const isBroken =
			thrown instanceof Fault && (thrown.reason === 'reset' || thrown.details['http2'] === true);
		if (!isBroken || asked.method === 'POST' || trail.attempts > 1 || signal.aborted) throw thrown;
		trail.attempts += 1;
		return await exchange(asked, signal);
	}
}

function mayReach({ reached }: Step, address: string): boolean {
	return reached === undefined || !leadsInside(reached, zoneOf(address));
}

/** Where a redirect leads to; undefined when the answer is none. */
export function redirectOf({ response }: Pick<Answer, 'response'>): string | undefined {
	return [301, 302, 303, 307, 308].includes(response.statusCode ?? 0) ? response.headers.location : undefined;
}

function nextStep(first: URL, step: Step, { response, address }: Answer, location: string): Step {
	const url = redirectTarget(step.url, location);
	const status = response.statusCode ?? 0;
	// As browsers do (RFC 9110, 15.4).
	const becomesGet = (status === 303 && step.method !== 'HEAD') || (status < 303 && step.method === 'POST');
	const isTrusted = step.isTrusted && isSameHost(first, url);
	const body = becomesGet ? undefined : step.body;
	if (body !== undefined && !isTrusted)
		throw new NetworkFault(
			'redirect_refused',
			`A redirect would send the body of the request to another host, ${shownAddress(url)}; it was not followed.`,
		);
	const zone = zoneOf(address);
	const reached = step.reached === undefined || leadsInside(zone, step.reached) ? zone : step.reached;
	return { url, method: becomesGet ? 'GET' : step.method, body, isTrusted, reached };
}

/** @throws NetworkFault when it is no address of the web */
export function redirectTarget(from: URL, location: string): URL {
	// Bytes of UTF-8 in a header come as one character each.
	const target = URL.parse(Buffer.from(location, 'latin1').toString('utf8'), from.href);
	if (target === null)
		throw new NetworkFault('redirect_invalid', 'A redirect leads to something that is no address.');
	if (target.protocol !== 'http:' && target.protocol !== 'https:')
		throw new NetworkFault(
			'redirect_scheme',
			`A redirect leads to an address of ${target.protocol.slice(0, 20)} instead of http: or https:; it was not followed.`,
		);
	target.hash = '';
	return target;
}
