import type { CertificateReport } from './report';

/** Whether a certificate has expired, or is not valid yet, by the clock that it was judged by. */
export function isOutOfTime({ findings }: Pick<CertificateReport, 'findings'>): boolean {
	return findings.some(({ code }) => code === 'expired' || code === 'not_yet_valid');
}

const fewestRead = 3;

/**
 * Whether so many certificates are out of their time that the clock of this machine may be what is wrong.
 *
 * @param read how many could be read
 * @param outOfTime how many of these have expired or are not valid yet
 */
export function isClockSuspect(read: number, outOfTime: number): boolean {
	return read >= fewestRead && outOfTime > read / 2;
}
