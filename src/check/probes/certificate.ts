import type { CheckOf } from '../../shared';
import {
	checkCertificate,
	clockOfServers,
	expiryThresholds,
	findingCodes,
	isOutOfTime,
	type CertificateInfo,
	type CertificateOptions,
	type CertificateReport,
	type KnownCertificate,
} from '../tls';
import type { FoundLevel } from '../alert';
import { asFinding, found } from './finding';
import type { ClockQuestion, Finding, Probe, ProbeContext } from './probe';

/** More are not remembered of a certificate. */
const mostNames = 200;

/** Looks at the certificate of a server. */
export const probeCertificate: Probe<'certificate'> = (check, context) =>
	asFinding(async () => findingOf(await checkCertificate(optionsOf(check, context))));

/** See the door of this folder. */
export async function clockAhead(
	{ outOfTime, inTime, fewestAddresses }: ClockQuestion,
	context: ProbeContext,
): Promise<number | undefined> {
	const options = (check: CheckOf<'certificate'>): CertificateOptions => optionsOf(check, context);
	return await clockOfServers({
		outOfTime: outOfTime.map(options),
		inTime: inTime.map(options),
		fewestAddresses,
	});
}

function optionsOf(
	check: CheckOf<'certificate'>,
	{ signal, isPublicOnly = false, certificates, clockAheadMs }: ProbeContext,
): CertificateOptions {
	const { host, port, connectTo, servername, starttls, ca, eachAddress, protocols, revocation, web } = check;
	const { warningDays, criticalDays, ignore, timeoutSeconds } = check;
	const ignored = findingCodes.filter((code) => ignore.includes(code));
	return {
		// The name alone: what else an address could hold stands in fields of its own.
		...{ host, port: port ?? (starttls === undefined ? 443 : undefined) },
		...{ connectTo, servername, starttls, ca },
		...{ eachAddress, protocols, revocation, web, isPublicOnly },
		// Each address may have a certificate of its own.
		known: eachAddress ? undefined : certificates,
		now: clockAheadMs === undefined ? undefined : Date.now() + clockAheadMs,
		thresholds: { warningDays, criticalDays },
		severities: Object.fromEntries(ignored.map((code) => [code, 'ignore' as const])),
		timeoutMs: Math.round(timeoutSeconds * 1000),
		signal: cancelledBy(signal),
	};
}

/** The time limit of the check is that of the look, which ends with a report; only who cancels ends it without. */
function cancelledBy(signal: AbortSignal): AbortSignal {
	const cancel = new AbortController();
	const stop = (): void => {
		if ((signal.reason as { name?: unknown } | null)?.name === 'AbortError') cancel.abort(signal.reason);
	};
	if (signal.aborted) stop();
	signal.addEventListener('abort', stop, { once: true });
	return cancel.signal;
}

function findingOf(report: CertificateReport): Finding {
	const { status, findings, expiry, chain, latencyMs } = report;
	const [first] = findings.filter(({ severity }) => severity !== 'info');
	const [leaf] = chain;
	const details = {
		...{
			address: report.address,
			revocation: report.revocation,
			protocol: report.protocol?.negotiated ?? null,
		},
		...(leaf && { sha256: leaf.sha256, issuer: leaf.issuer, notAfter: leaf.notAfter }),
		...(expiry && { expiresAt: expiry.at, daysLeft: expiry.daysLeft }),
		findings: findings.slice(0, 20).map(({ code, severity }) => `${severity}: ${code}`),
	};
	const others = findings.filter(({ severity }) => severity !== 'info').length - 1;
	const more = others > 0 ? ` And ${others} more.` : '';
	const message = first === undefined ? healthy(report) : `${first.message}${more}`;
	const reason = status === 'ok' ? 'ok' : (first?.code ?? 'internal');
	return {
		...found(levelOf(report), reason, message, latencyMs, details),
		stage: stageOf(report),
		aspects: findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code),
		...(leaf && {
			certificate: {
				...{ leaf: known(leaf), isOutOfTime: isOutOfTime(report) },
				expiresAt: expiry && Date.parse(expiry.at),
			},
		}),
	};
}

/** As much of it as tells later whether it has changed. */
function known({ sha256, issuer, keySha256, notAfter, names }: CertificateInfo): KnownCertificate {
	return { sha256, issuer, keySha256, notAfter, names: names.slice(0, mostNames) };
}

/** What could not be read is neither good nor bad; but where nobody who comes gets a connection, all is lost. */
function levelOf({ status, findings }: CertificateReport): FoundLevel {
	if (status !== 'failed') return status;
	return findings.some(({ code }) => shutsOut.has(code)) ? 'critical' : 'unknown';
}

/** Something else speaks there, no handshake is taken, or its own certificate cannot be read. */
const shutsOut = new Set<string>(['not_tls', 'handshake_refused', 'invalid_chain']);

/** So that a person is told at 30, 14, 7 and 1 days, and at the end, once each. */
function stageOf({ expiry }: CertificateReport): number {
	return expiry?.threshold ? expiryThresholds.indexOf(expiry.threshold) + 1 : 0;
}

function healthy({ host, expiry }: CertificateReport): string {
	const until =
		expiry === null ? '' : ` until ${expiry.at.slice(0, 10)} (${Math.floor(expiry.daysLeft)} days)`;
	return `The certificate of ${host} is valid${until}.`;
}
