import { readFile } from 'node:fs/promises';

import { systemMessage } from '../../shared';
import { readFault } from './connection/fault';
import { shakeHands, type Handshake } from './connection/handshake';
import { offeredVersions } from './connection/offered';
import { openConnection, type Way } from './connection/open';
import { whoSpeaks } from './connection/speaker';
import { describe, expiryOf } from './describe';
import { readBundle } from './files/bundle';
import { givenAnchors, systemAnchors } from './judge/anchors';
import { judgeChanges } from './judge/changes';
import { judgeChain } from './judge/chain';
import { finding } from './judge/finding';
import { bestPath, type Path } from './judge/path';
import { instant } from './judge/wording';
import type { Asked } from './options';
import { withinPart } from './part-of-time';
import { zoneOfServer } from './redirects';
import type { CertificateFinding, CertificateReport } from './report';
import { judgeRevocation } from './revocation';
import { lookAtWeb } from './web';
import { readCertificate, type Certificate } from './x509/certificate';

/** A report in which nothing has been found out yet. */
export function blankReport({ host, port, now, judgedHost, servername }: Asked): CertificateReport {
	return {
		...{ status: 'failed', host, port, address: null, findings: [], chain: [], path: [], trusted: false },
		servername: servername === '' || isAddress(judgedHost) ? null : judgedHost,
		checkedAt: new Date(now).toISOString(),
		...{ expiry: null, revocation: 'unknown', protocol: null, withoutSni: null, web: null },
		...{ addresses: [], redirects: [], latencyMs: null },
	};
}

const isAddress = (host: string): boolean => host.includes(':') || /^[\d.]+$/.test(host);

/**
 * Looks at the first address that answers.
 *
 * @param begun by `performance.now()`
 * @throws what is no fault of the network
 */
export async function checkOne(
	asked: Asked,
	way: Way,
	begun: number,
	signal: AbortSignal,
): Promise<CertificateReport> {
	const report = blankReport(asked);
	try {
		const { socket, address, at } = await openConnection(asked, way, signal);
		report.address = address;
		const there = { ...way, addresses: way.addresses.filter((one) => one.address === address) };
		const servername = report.servername ?? undefined;
		const ca = asked.ca?.map(({ x509 }) => x509.toString());
		const handshake = await shakeHands(socket, at, { servername, ca }, signal);
		report.latencyMs = Math.round(performance.now() - begun);
		try {
			await judge(report, { asked, way: there, address }, handshake, signal);
		} finally {
			handshake.socket.destroy();
		}
	} catch (thrown) {
		const fault = readFault(thrown);
		if (fault === undefined) throw thrown;
		const found = fault.finding();
		// Who has led here must not learn by it what else speaks there.
		if (fault.code === 'not_tls' && asked.starttls === undefined && asked.redirectedFrom === undefined)
			found.message = `${found.message} ${await whoSpeaks(asked, way, signal)}`.trim();
		report.findings.push(found);
	}
	return report;
}

/** A CA that is silent must not use up the time for what comes after it. */
const partOfRevocation = 0.4;
const mostRevocationBytes = 64 * 1024 * 1024;

interface Place {
	asked: Asked;
	way: Way;
	address: string;
}

async function judge(
	report: CertificateReport,
	{ asked, way, address }: Place,
	handshake: Handshake,
	signal: AbortSignal,
): Promise<void> {
	const { now, thresholds } = asked;
	const { served, unreadable } = readAll(handshake.chain);
	const anchors = asked.ca === undefined ? systemAnchors() : givenAnchors(asked.ca);
	const path = bestPath(served, anchors, now);
	report.chain = served.map((certificate) => describe(certificate, now));
	report.path = path.certificates.map((certificate) => describe(certificate, now));
	report.trusted = path.isTrusted;
	report.expiry = expiryOf(path, now);
	report.status = served.length === 0 ? 'failed' : 'ok';
	const findings = judgeChain({ ...{ served, path, anchors, now, thresholds }, host: asked.judgedHost });
	findings.push(...unreadable, ...judgeRefusal(handshake, findings, path, asked));
	findings.push(...judgeConnection(handshake));
	const [revocation, offered, withoutSni, ofFile] = await Promise.all([
		withinPart(asked.endsAt, partOfRevocation, signal, (until) =>
			judgeRevocation({
				...{ path, now, staple: handshake.staple, isRequired: asked.requireRevocation },
				fetching:
					asked.revocation || asked.requireRevocation
						? { from: zoneOfServer(address, asked), budget: { bytes: mostRevocationBytes }, signal: until }
						: undefined,
			}),
		),
		asked.protocols ? offeredVersions(asked, way, report.servername ?? undefined, signal) : null,
		asked.withoutSni ? certificateWithoutSni(asked, way, signal) : null,
		asked.file === undefined ? [] : judgeFile(asked.file, served),
	]);
	findings.push(...judgeChanges(served[0], asked.known));
	findings.push(...revocation.findings, ...ofFile, ...judgeOffered(offered, handshake));
	report.revocation = revocation.revocation;
	report.protocol = handshake.protocol && { ...handshake.protocol, offered };
	report.withoutSni = withoutSni;
	if (asked.web !== false && handshake.protocol !== null && handshake.brokeOff === undefined) {
		const { web, findings: ofWeb } = await lookAtWeb(asked, way, handshake.socket, signal);
		report.web = web;
		findings.push(...ofWeb);
	}
	report.findings = findings;
}

function readAll(chain: readonly Buffer[]): { served: Certificate[]; unreadable: CertificateFinding[] } {
	const served: Certificate[] = [];
	const unreadable: CertificateFinding[] = [];
	for (const [index, bytes] of chain.entries()) {
		try {
			served.push(readCertificate(bytes));
		} catch (thrown) {
			const message = `Certificate ${index + 1} that the server sends cannot be read. ${(thrown as Error).message}`;
			unreadable.push(finding('invalid_chain', 'critical', message));
			// What follows belongs to one that is not known.
			if (index === 0) break;
		}
	}
	return { served, unreadable };
}

/** Of these the judgement above has its own opinion, since it looks at all paths and not at the first. */
const ownJudgement =
	/^(UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT_IN_CHAIN|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME|CERT_REVOKED|CERT_CHAIN_TOO_LONG)/;

/** OpenSSL knows rules that are not judged here, such as those of permitted names. */
function judgeRefusal(
	{ refusedBy }: Handshake,
	findings: readonly CertificateFinding[],
	path: Path,
	{ isNow }: Asked,
): CertificateFinding[] {
	const isCritical = findings.some(
		({ severity, code }) => severity === 'critical' && code !== 'host_mismatch',
	);
	if (refusedBy === undefined || !isNow || isCritical || !path.isTrusted || ownJudgement.test(refusedBy))
		return [];
	const why = refusedBy.toLowerCase().replaceAll('_', ' ');
	return [finding('invalid_chain', 'critical', `Clients refuse the chain: ${why} (${refusedBy}).`)];
}

function judgeConnection({ protocol, wantsClientCertificate, brokeOff }: Handshake): CertificateFinding[] {
	if (wantsClientCertificate)
		return [
			finding(
				'client_certificate_required',
				'info',
				`The server wants a certificate of its client, and so says no more than its own (${brokeOff}).`,
			),
		];
	if (brokeOff !== undefined && protocol === null)
		return [
			finding(
				'connect_failed',
				'warning',
				`The handshake broke off after the certificates had come (${brokeOff}).`,
			),
		];
	return [];
}

function judgeOffered(offered: readonly string[] | null, { protocol }: Handshake): CertificateFinding[] {
	const isOld = (version: string): boolean => /^(TLSv1|TLSv1\.1|SSLv[23])$/.test(version);
	if (protocol !== null && isOld(protocol.negotiated))
		return [
			finding(
				'old_protocol',
				'critical',
				`The server speaks nothing newer than ${protocol.negotiated}; browsers refuse it.`,
			),
		];
	const old = offered?.filter(isOld) ?? [];
	if (old.length === 0) return [];
	return [
		finding(
			'old_protocol',
			'warning',
			`The server still takes ${old.join(' and ')}, which are no longer safe.`,
		),
	];
}

async function certificateWithoutSni(
	asked: Asked,
	way: Way,
	signal: AbortSignal,
): Promise<CertificateReport['withoutSni']> {
	try {
		const { socket, at } = await openConnection(asked, way, signal);
		const handshake = await shakeHands(socket, at, { servername: undefined, ca: undefined }, signal);
		handshake.socket.destroy();
		const [leaf] = readAll(handshake.chain.slice(0, 1)).served;
		if (leaf === undefined) return null;
		const { sha256, subject, names, notAfter } = leaf;
		return { sha256, subject, names, notAfter: new Date(notAfter).toISOString() };
	} catch (thrown) {
		if (readFault(thrown) === undefined) throw thrown;
		return null;
	}
}

/** A server that was not told of its new certificate goes on with the old one. */
async function judgeFile(path: string, [leaf]: readonly Certificate[]): Promise<CertificateFinding[]> {
	let bytes: Buffer;
	try {
		bytes = await readFile(path);
	} catch (thrown) {
		return [
			finding(
				'file_newer_than_served',
				'warning',
				`The file "${path}" cannot be read, so it cannot be compared with what is served (${systemMessage(thrown)}).`,
			),
		];
	}
	const [inFile] = readBundle(bytes).certificates;
	if (inFile === undefined)
		return [
			finding(
				'file_newer_than_served',
				'warning',
				`The file "${path}" holds no certificate, so it cannot be compared with what is served.`,
			),
		];
	if (leaf === undefined || inFile.sha256 === leaf.sha256 || inFile.notBefore <= leaf.notBefore) return [];
	return [
		finding(
			'file_newer_than_served',
			'warning',
			`The certificate was renewed, but the server was not reloaded: "${path}" holds one until ${instant(inFile.notAfter)}, and the server sends one until ${instant(leaf.notAfter)}.`,
		),
	];
}
