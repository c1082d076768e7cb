import type { CertificateFile } from './files/read';
import type { DomainOptions, DomainReport } from './domain';
import type { ClockOptions } from './clock';
import type { CertificateOptions } from './options';
import type { CertificateReport } from './report';

export type { CertificateFile } from './files/read';
export type { KnownCertificate } from './judge/changes';
export type { DomainOptions, DomainReport } from './domain';
export type { ClockOptions } from './clock';
export type { CertificateOptions } from './options';
export {
	expiryThresholds,
	findingCodes,
	type AddressReport,
	type CertificateFinding,
	type CertificateInfo,
	type CertificateReport,
	type CertificateStatus,
	type Expiry,
	type ExpiryThreshold,
	type FindingCode,
	type FindingSeverity,
	type Revocation,
	type WebReport,
} from './report';
export { isClockSuspect, isOutOfTime } from './clock-suspect';
export { clockIsWrong } from './judge/wording';
export { hostsOfLabels, hostsOfSite, hostVariables } from './label-hosts';
export { parseTarget, parseTargets, targetName, type CertificateTarget } from './target';

/**
 * Looks at the certificate of a server as its clients would: whether the path that they build to a trusted CA is valid,
 * for how long, and for this host. Whatever is wrong with the server is told in the report.
 *
 * @returns `report.status`: `failed` when no certificate could be read, else the worst of `report.findings`
 * @throws CheckError `invalid_input` for what cannot be asked; the reason of the signal when it is cancelled
 */
export async function checkCertificate(options: CertificateOptions): Promise<CertificateReport> {
	return await (await import('./check.js')).checkCertificate(options);
}

/**
 * `checkCertificate` for many, some at a time. Where most certificates seem to be out of their time, the clock of this
 * machine is compared with those of the servers.
 *
 * @param concurrency how many at the same time; 20 unless given
 * @returns one for each, in their order
 * @throws as `checkCertificate`
 */
export async function checkCertificates(
	list: readonly CertificateOptions[],
	concurrency?: number,
): Promise<CertificateReport[]> {
	return await (await import('./check.js')).checkCertificates(list, concurrency);
}

/**
 * So much the clocks of servers are ahead of the one of this machine, in milliseconds, by the `Date` of their answers to a
 * request over https; 0 where the clock here is right to the hour, undefined where too few answer or they disagree.
 *
 * @throws as `checkCertificate`
 */
export async function clockOfServers(options: ClockOptions): Promise<number | undefined> {
	return await (await import('./check.js')).clockOfServers(options);
}

/**
 * Until when the domain of a host is registered, by RDAP. What cannot be found out is told in the report.
 *
 * @throws the reason of the signal when it is cancelled
 */
export async function domainExpiry(host: string, options?: DomainOptions): Promise<DomainReport> {
	return await (await import('./check.js')).domainExpiry(host, options);
}

/**
 * Reads a file with certificates (PEM or DER), or all of a folder: `live` of certbot, the storage of Caddy, or any other.
 * Private keys are neither read nor shown.
 *
 * @param now milliseconds since 1970
 * @returns one for each file, by path; what cannot be read is told there
 */
export async function readCertificateFiles(path: string, now?: number): Promise<CertificateFile[]> {
	return await (await import('./check.js')).readCertificateFiles(path, now);
}
