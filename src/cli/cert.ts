import { readFile } from 'node:fs/promises';

import {
	checkCertificates,
	domainExpiry,
	parseTargets,
	targetName,
	type CertificateOptions,
	type CertificateReport,
	type CertificateTarget,
	type DomainReport,
} from '../check';
import { count, systemMessage, wholeNumber } from '../shared';
import { exitCodes, table, UsageError, type ExitCode, type Report, type Surroundings } from './output';

/** Options of `opsdesk cert check`. */
export interface CertOptions {
	json?: boolean;
	connectTo?: string;
	servername?: string;
	ca?: string;
	starttls?: string;
	proxy?: string;
	timeout?: string;
	eachAddress?: boolean;
	protocols?: boolean;
	revocation?: boolean;
	web?: boolean;
	file?: string;
	domain?: boolean;
	rdapUrl?: string;
}

export const proxyPasswordVariable = 'OPSDESK_PROXY_PASSWORD';

type Checked = CertificateReport & { domain?: DomainReport };

/** Looks at the certificates of hosts. */
export async function checkHosts(
	hosts: string[],
	options: CertOptions,
	surroundings: Surroundings,
): Promise<Report> {
	const targets = targetsOf(hosts);
	const signal = surroundings.interruption?.();
	const common = await commonOptions(options, surroundings);
	const reports = await checkCertificates(
		targets.map((target) => ({ ...common, ...target, starttls: common.starttls ?? target.starttls, signal })),
	);
	const checked = await Promise.all(
		reports.map(async (report): Promise<Checked> => {
			if (options.domain !== true) return report;
			const domain = await domainExpiry(report.host, { rdapUrl: options.rdapUrl, signal });
			return { ...report, domain };
		}),
	);
	const [only] = checked;
	return {
		exitCode: exitCodeOf(checked),
		// The report itself for one host, so that a script need not unpack it.
		json: checked.length === 1 ? only : checked,
		text: textOf(checked),
	};
}

/** What is no host is wrong usage, and not a host with a bad certificate. */
function targetsOf(hosts: string[]): CertificateTarget[] {
	try {
		const targets = parseTargets(hosts);
		if (targets.length > 0) return targets;
	} catch (thrown) {
		const { message, remedy = '' } = thrown as { message: string; remedy?: string };
		throw new UsageError(message, remedy);
	}
	throw new UsageError('No host is given.', 'Name one, such as shop.example.com or mail.example.com:993.');
}

const protocols = ['smtp', 'imap', 'pop3', 'postgres', 'mysql'] as const;

async function commonOptions(
	options: CertOptions,
	{ env }: Surroundings,
): Promise<Omit<CertificateOptions, 'host'>> {
	const { starttls, timeout = '10', ca, proxy } = options;
	const protocol = protocols.find((name) => name === starttls);
	if (starttls !== undefined && protocol === undefined)
		throw new UsageError(
			`"${starttls}" is no protocol that changes over to TLS.`,
			`Use one of ${protocols.join(', ')}.`,
		);
	let timeoutMs: number;
	try {
		timeoutMs = wholeNumber('--timeout', timeout, 1, 600) * 1000;
	} catch (thrown) {
		throw new UsageError((thrown as Error).message, 'Give whole seconds.');
	}
	const { connectTo, servername, eachAddress, protocols: versions, revocation, web, file } = options;
	return {
		...{ connectTo, servername, timeoutMs, starttls: protocol, eachAddress, revocation, web, file },
		protocols: versions,
		proxy: proxy === undefined ? undefined : withPassword(proxy, env[proxyPasswordVariable]),
		ca: ca === undefined ? undefined : await readCa(ca),
	};
}

/** A password on the command line would be seen by all users of the machine. */
function withPassword(proxy: string, password: string | undefined): string {
	const url = URL.parse(proxy);
	if (url === null || password === undefined) return proxy;
	url.password = password;
	return url.href;
}

async function readCa(file: string): Promise<Buffer> {
	try {
		return await readFile(file);
	} catch (thrown) {
		throw new UsageError(
			`"${file}" cannot be read: ${systemMessage(thrown)}.`,
			'Name a file with CAs as PEM or DER.',
		);
	}
}

function exitCodeOf(checked: readonly Checked[]): ExitCode {
	const levels = checked.flatMap(({ status, domain }) => [status, domain?.finding?.severity ?? 'ok']);
	if (levels.includes('critical') || levels.includes('failed')) return exitCodes.failed;
	return levels.includes('warning') ? exitCodes.warnings : exitCodes.ok;
}

function textOf(checked: readonly Checked[]): string {
	const rows = checked.map(({ host, port, status, expiry, chain }) => [
		targetName({ host, port }),
		status,
		expiry === null ? '-' : String(Math.floor(expiry.daysLeft)),
		expiry === null ? '-' : expiry.at.slice(0, 10),
		chain[0]?.issuer ?? '-',
	]);
	const findings = checked.flatMap(({ host, port, findings: own, domain }) =>
		[...own, ...(domain?.finding ? [domain.finding] : [])].map(
			({ code, severity, message }) => `${targetName({ host, port })}: ${severity}: ${message} (${code})`,
		),
	);
	const bad = checked.filter(({ status }) => status !== 'ok').length;
	return [
		table([['HOST', 'STATUS', 'DAYS', 'UNTIL', 'ISSUER'], ...rows]),
		...(findings.length > 0 ? ['', ...findings] : []),
		...(checked.length > 1 ? ['', `${count(checked.length, 'host')} checked, ${bad} of them not well`] : []),
	].join('\n');
}
