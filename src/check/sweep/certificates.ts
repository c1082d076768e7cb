import { z } from 'zod';

import type { Finding } from '../probes/probe';
import type { KnownCertificate } from '../tls';

const known = z.object({
	...{ sha256: z.string(), issuer: z.string(), keySha256: z.string(), notAfter: z.string() },
	names: z.array(z.object({ kind: z.string(), value: z.string() })),
});

/** What is remembered of the certificate of a target. */
export const certificateMemory = z.object({
	current: known,
	/** When the path of clients ends to be valid, in milliseconds since 1970. */
	expiresAt: z.number().int().nullable(),
	/** When it was seen first. */
	since: z.number().int(),
	/** The one before, as long as people may still have to be told what has changed. */
	before: known.nullable(),
});
export type CertificateMemory = z.infer<typeof certificateMemory>;

/**
 * What a renewal has changed is said for so long: a check that is made once a day, and counts at its second result, tells
 * it still.
 */
const toldForMs = 36 * 60 * 60_000;

/** What certificates are to be compared with, by the keys of targets. @param now in milliseconds since 1970 */
export function knownCertificates(
	memory: ReadonlyMap<string, { certificate: CertificateMemory | null }>,
	now: number,
): Map<string, KnownCertificate> {
	const all = [...memory].flatMap(([key, { certificate }]) =>
		certificate === null ? [] : [[key, comparedWith(certificate, now)] as const],
	);
	return new Map(all);
}

function comparedWith({ current, since, before }: CertificateMemory, now: number): KnownCertificate {
	return before !== null && isNew(since, now) ? before : current;
}

/** What began after now began before the clock was set back. */
const isNew = (since: number, now: number): boolean => since <= now && now - since < toldForMs;

/** @param at when it was seen, in milliseconds since 1970 */
export function rememberCertificate(
	kept: CertificateMemory | null,
	seen: Finding['certificate'],
	at: number,
): CertificateMemory | null {
	if (seen === undefined) return kept;
	const current = { ...seen.leaf, names: [...seen.leaf.names] };
	const { expiresAt } = seen;
	if (kept?.current.sha256 !== current.sha256)
		return { current, expiresAt, since: at, before: kept?.current ?? null };
	return { ...kept, expiresAt, before: isNew(kept.since, at) ? kept.before : null };
}
