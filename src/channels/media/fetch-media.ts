import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

import { formatBytes } from '../../shared';
import { ChannelError } from '../errors';
import { isPublicAddress, lookupPublic, privateAddress } from './addresses';

export interface MediaOptions {
	/** Default 25,000,000. */
	maxBytes?: number;
	/** For all of it. Default 30,000. */
	timeoutMs?: number;
	/** Such as a token; sent to the first host alone, and never told. */
	headers?: Record<string, string>;
	signal?: AbortSignal;
	/** Hosts, as `host` or `host:port`, that may be in a private network: a storage of your own. */
	allowedHosts?: string[];
}

export interface FetchedMedia {
	bytes: Buffer;
	sizeBytes: number;
	mimeType: string | undefined;
}

const mostRedirects = 3;
const redirects = [301, 302, 303, 307, 308];
/** What platforms say of an address whose time is over. */
const expired = [401, 403, 404, 410];

/**
 * Fetches a file that a message names.
 *
 * @throws ChannelError `media_expired`, `media_too_large`, `media_private_address` or `media_unavailable`, none of which
 *   names more of the address than its host; `invalid_input` for what is no address of a file
 */
export async function fetchMedia(address: string, options: MediaOptions = {}): Promise<FetchedMedia> {
	const { timeoutMs = 30_000, signal } = options;
	const deadline = AbortSignal.timeout(timeoutMs);
	const ending = signal ? AbortSignal.any([signal, deadline]) : deadline;
	let url = parsed(address);
	const origin = url.origin;
	for (let hop = 0; hop <= mostRedirects; hop += 1) {
		const headers = url.origin === origin ? (options.headers ?? {}) : {};
		const response = await get(url, headers, options, ending).catch((thrown: unknown) => {
			throw connectionFault(url, thrown, deadline.aborted);
		});
		const { statusCode: status = 0 } = response;
		const next = response.headers.location;
		if (redirects.includes(status) && next !== undefined) {
			response.destroy();
			url = parsed(next, url);
			continue;
		}
		if (status !== 200) {
			response.destroy();
			throw refusal(url, status);
		}
		return await read(url, response, options).catch((thrown: unknown) => {
			throw connectionFault(url, thrown, deadline.aborted);
		});
	}
	throw unavailable(url, 'leads from one address to the next without an end');
}

function parsed(address: string, base?: URL): URL {
	const url = URL.canParse(address, base?.href) ? new URL(address, base?.href) : undefined;
	if (url && ['https:', 'http:'].includes(url.protocol) && url.username === '') return url;
	throw new ChannelError(
		'invalid_input',
		'The address of the file is no https:// or http:// address.',
		'Give it as the platform has sent it.',
	);
}

async function get(
	url: URL,
	headers: Record<string, string>,
	{ allowedHosts = [] }: MediaOptions,
	signal: AbortSignal,
): Promise<IncomingMessage> {
	const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
	const isAllowed = allowedHosts.includes(host) || allowedHosts.includes(url.host);
	if (!isAllowed && isIP(host) !== 0 && !isPublicAddress(host)) throw privateAddress(url.host);
	const lookup: { lookup?: LookupFunction } = isAllowed ? {} : { lookup: lookupPublic };
	const request = url.protocol === 'https:' ? requestSecure : requestPlain;
	return await new Promise((resolve, reject) => {
		request(url, { headers, signal, agent: false, ...lookup }, resolve)
			.on('error', reject)
			.end();
	});
}

async function read(
	url: URL,
	response: IncomingMessage,
	{ maxBytes = 25_000_000 }: MediaOptions,
): Promise<FetchedMedia> {
	const announced = Number(response.headers['content-length'] ?? 0);
	const chunks: Buffer[] = [];
	let sizeBytes = 0;
	if (announced <= maxBytes) {
		for await (const chunk of response as AsyncIterable<Buffer>) {
			sizeBytes += chunk.length;
			if (sizeBytes > maxBytes) break;
			chunks.push(chunk);
		}
	}
	if (announced > maxBytes || sizeBytes > maxBytes) {
		response.destroy();
		throw new ChannelError(
			'media_too_large',
			`The file at ${url.host} has more than ${formatBytes(maxBytes)}.`,
			'Raise the limit, or leave the file where it is.',
		);
	}
	const mimeType = response.headers['content-type']?.split(';', 1)[0]?.trim();
	return { bytes: Buffer.concat(chunks), sizeBytes, mimeType };
}

function refusal(url: URL, status: number): ChannelError {
	if (!expired.includes(status)) return unavailable(url, `answers with HTTP ${status}`);
	return new ChannelError(
		'media_expired',
		`The file at ${url.host} is not handed out (HTTP ${status}): its address has expired, or wants a token.`,
		'Ask the platform for a new address of the file, and fetch it within minutes.',
		{ sourceCode: String(status) },
	);
}

function connectionFault(url: URL, thrown: unknown, isLate: boolean): unknown {
	if (thrown instanceof ChannelError) return thrown;
	const { code } = thrown as { code?: unknown };
	if (code === 'EPRIVATE') return privateAddress(url.host);
	if (isLate) return unavailable(url, 'has not come within the time limit');
	return unavailable(url, `cannot be reached (${typeof code === 'string' ? code : 'no connection'})`);
}

function unavailable(url: URL, what: string): ChannelError {
	return new ChannelError(
		'media_unavailable',
		`The file at ${url.host} ${what}.`,
		'Try again later; the message itself is not lost.',
	);
}
