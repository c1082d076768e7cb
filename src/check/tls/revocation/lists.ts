import type { Certificate } from '../x509/certificate';
import { askCrl, isListOf, readCrl, type Crl } from './crl';
import { fetchBytes, type FetchContext } from './fetch';
import type { Said } from './said';

const mostCrlBytes = 32 * 1024 * 1024;

interface Kept {
	crl: Crl;
	sizeBytes: number;
	/** By `performance.now()`. */
	until: number;
}

/** Many certificates of one CA share its list; by the address and the CA that has signed it. */
const kept = new Map<string, Kept>();
const keptMs = 10 * 60_000;
const mostKeptBytes = 64 * 1024 * 1024;
let timer: NodeJS.Timeout | undefined;

/**
 * What the list at an address says of a certificate.
 *
 * @throws NetworkFault, Error where there is no such list
 */
export async function askCrlAt(
	url: string,
	{ certificate, issuer }: { certificate: Certificate; issuer: Certificate },
	now: number,
	fetching: FetchContext,
): Promise<Said> {
	dropOld();
	const key = `${issuer.keySha256} ${url}`;
	const known = kept.get(key);
	if (known !== undefined) return askCrl(known.crl, certificate, issuer, now);
	const bytes = await fetchBytes(url, mostCrlBytes, fetching);
	const crl = readCrl(bytes);
	// What anybody could have put there must not stand for the list of the CA later.
	if (isListOf(crl, issuer)) keep(key, crl, bytes.length, now);
	return askCrl(crl, certificate, issuer, now);
}

function keep(key: string, crl: Crl, sizeBytes: number, now: number): void {
	const holdsMs = Math.min(keptMs, (crl.nextUpdate ?? now) - now);
	if (holdsMs <= 0) return;
	kept.delete(key);
	let total = sizeBytes;
	for (const one of kept.values()) total += one.sizeBytes;
	for (const [oldest, one] of kept) {
		if (total <= mostKeptBytes) break;
		kept.delete(oldest);
		total -= one.sizeBytes;
	}
	kept.set(key, { crl, sizeBytes, until: performance.now() + holdsMs });
	dropOld();
}

/** So much memory is not held until somebody asks again. */
function dropOld(): void {
	const now = performance.now();
	for (const [key, { until }] of kept) if (until <= now) kept.delete(key);
	clearTimeout(timer);
	if (kept.size === 0) return;
	const next = Math.min(...[...kept.values()].map(({ until }) => until));
	timer = setTimeout(dropOld, next - now + 1);
	timer.unref();
}
