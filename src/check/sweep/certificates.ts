import { z } from 'zod';

import type { Finding } from '../probes/probe';
import type { KnownCertificate } from '../tls';

const known = z.object({
	...{ sha256: z.string(), issuer: z.string(), keySha256: z.string(), notAfter: z.string() },
	names: z.array(z.object({ kind: z.string(), value: z.string() })),
	/** When the path of clients ends to be valid, in milliseconds since 1970. */
	expiresAt: z.number().int().nullable(),
	/** When it was seen first. */
	since: z.number().int(),
});

/** Servers behind one name may have certificates of their own. */
const mostKept = 4;

/** What is remembered of the certificates of a target, that of the last look first. */
export const certificateMemory = z.array(known).max(mostKept);
export type CertificateMemory = z.infer<typeof certificateMemory>;

/**
 * What a renewal has changed is said for so long: a check that is made once a day, and counts at its second result, tells
 * it still.
 */
const toldForMs = 36 * 60 * 60_000;

/** What certificates are to be compared with, by the keys of targets. @param now in milliseconds since 1970 */
export function knownCertificates(
	memory: ReadonlyMap<string, { certificates: CertificateMemory }>,
	now: number,
): Map<string, KnownCertificate[]> {
	return new Map(
		[...memory].map(([key, { certificates }]) => [
			key,
			certificates.map((one) => ({ ...one, isNew: isNew(one.since, now) })),
		]),
	);
}

/** What began after now began before the clock was set back. */
const isNew = (since: number, now: number): boolean => since <= now && now - since < toldForMs;

/** @param at when it was seen, in milliseconds since 1970 */
export function rememberCertificate(
	kept: CertificateMemory,
	seen: Finding['certificate'],
	at: number,
): CertificateMemory {
	if (seen === undefined) return kept;
	const { leaf, expiresAt } = seen;
	const before = kept.find(({ sha256 }) => sha256 === leaf.sha256);
	const last = { ...leaf, names: [...leaf.names], expiresAt, since: before?.since ?? at };
	return [last, ...kept.filter((one) => one !== before)].slice(0, mostKept);
}
