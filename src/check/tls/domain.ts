import { isIP } from 'node:net';
import { z } from 'zod';

import { errorMessage, maskSecrets, parseInput } from '../../shared';
import { oneLine } from '../probes/finding';
import { finding } from './judge/finding';
import { instant, period } from './judge/wording';
import type { CertificateFinding } from './report';

/** Until when a domain is registered. */
export interface DomainReport {
	/** The name that is registered, such as `example.com` for `shop.example.com`. */
	domain: string;
	/** ISO 8601; null where the registry does not say. */
	expiresAt: string | null;
	daysLeft: number | null;
	finding: CertificateFinding | null;
}

export interface DomainOptions {
	/** Base address of the RDAP service; the one that IANA lists for the top-level domain unless given. */
	rdapUrl?: string | undefined;
	timeoutMs?: number | undefined;
	/** Milliseconds since 1970. */
	now?: number | undefined;
	signal?: AbortSignal | undefined;
}

const bootstrapUrl = 'https://data.iana.org/rdap/dns.json';
const bootstrapSchema = z.object({ services: z.array(z.tuple([z.array(z.string()), z.array(z.string())])) });
const domainSchema = z.object({
	ldhName: z.string().optional(),
	events: z.array(z.object({ eventAction: z.string(), eventDate: z.string() })).default([]),
});

const day = 86_400_000;

/** Asks the registry by RDAP (RFC 9082, 9083, 9224). What cannot be found out is no error. */
export async function domainExpiry(host: string, options: DomainOptions = {}): Promise<DomainReport> {
	const { timeoutMs = 10_000, now = Date.now(), signal: given } = options;
	const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(given ? [given] : [])]);
	const labels = host.replace(/\.$/, '').toLowerCase().split('.');
	try {
		if (isIP(host) !== 0 || labels.length < 2) return unknown(host, 'it is no registered domain');
		const base = options.rdapUrl ?? (await serviceFor(labels.at(-1) ?? '', signal));
		if (base === undefined) return unknown(host, 'its registry has no such service');
		// What is registered may be any part of it, such as example.co.uk.
		for (let first = Math.max(0, labels.length - mostLabels); first < labels.length - 1; first += 1) {
			const domain = labels.slice(first).join('.');
			const answer = await json(`${base.replace(/\/$/, '')}/domain/${encodeURIComponent(domain)}`, signal);
			if (answer !== undefined) return judge(domain, answer, now);
		}
		return unknown(host, 'its registry does not know it');
	} catch (thrown) {
		given?.throwIfAborted();
		return unknown(host, oneLine(maskSecrets(errorMessage(thrown)), 150));
	}
}

const mostLabels = 5;

function unknown(domain: string, why: string): DomainReport {
	const message = `Until when the domain ${domain} is registered is not known: ${why}.`;
	return { domain, expiresAt: null, daysLeft: null, finding: finding('domain_expiring', 'info', message) };
}

function judge(domain: string, answer: unknown, now: number): DomainReport {
	const parsed = parseInput(domainSchema, answer);
	const event = parsed.ok
		? parsed.value.events.find(({ eventAction }) => eventAction === 'expiration')
		: undefined;
	const at = Date.parse(event?.eventDate ?? '');
	if (Number.isNaN(at)) return unknown(domain, 'the registry does not say');
	const left = at - now;
	const level = left < 7 * day ? 'critical' : left < 30 * day ? 'warning' : undefined;
	const message =
		left < 0
			? `The registration of the domain ${domain} ended ${period(left)} ago, at ${instant(at)}.`
			: `The registration of the domain ${domain} ends in ${period(left)}, at ${instant(at)}.`;
	return {
		domain,
		expiresAt: new Date(at).toISOString(),
		daysLeft: Math.floor((left / day) * 100) / 100,
		finding: level === undefined ? null : finding('domain_expiring', level, message),
	};
}

let services: z.output<typeof bootstrapSchema>['services'] | undefined;

async function serviceFor(topLevel: string, signal: AbortSignal): Promise<string | undefined> {
	services ??= bootstrapSchema.parse(await json(bootstrapUrl, signal)).services;
	const urls = services.find(([names]) => names.includes(topLevel))?.[1];
	return urls?.find((url) => url.startsWith('https:'));
}

const mostBytes = 1024 * 1024;

/** @returns undefined where there is nothing of the name */
async function json(url: string, signal: AbortSignal): Promise<unknown> {
	const response = await fetch(url, {
		signal,
		headers: { Accept: 'application/rdap+json, application/json' },
	});
	if (response.status === 404 || response.status === 400) {
		await response.body?.cancel();
		return undefined;
	}
	if (!response.ok || response.body === null) throw new Error(`the service answers ${response.status}`);
	const chunks: Uint8Array[] = [];
	let sizeBytes = 0;
	for await (const chunk of response.body) {
		chunks.push(chunk);
		sizeBytes += chunk.length;
		if (sizeBytes > mostBytes) throw new Error('the service sends too much');
	}
	return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}
