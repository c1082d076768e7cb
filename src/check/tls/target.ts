import { isIP, isIPv6 } from 'node:net';

import { shorten } from '../../shared';
import { CheckError } from '../errors';
import { startTlsPorts, type StartTls } from './connection/starttls';
import { asciiName } from './x509/names';

/** A server whose certificate is looked at. */
export interface CertificateTarget {
	/** A name in the form of certificates, or an IP address without brackets. */
	host: string;
	port: number;
	starttls?: StartTls | undefined;
}

const schemes: Record<string, { port: number; starttls?: StartTls }> = {
	https: { port: 443 },
	wss: { port: 443 },
	smtps: { port: 465 },
	imaps: { port: 993 },
	pop3s: { port: 995 },
	ldaps: { port: 636 },
	tls: { port: 443 },
	smtp: { port: startTlsPorts.smtp, starttls: 'smtp' },
	imap: { port: startTlsPorts.imap, starttls: 'imap' },
	pop3: { port: startTlsPorts.pop3, starttls: 'pop3' },
	postgres: { port: startTlsPorts.postgres, starttls: 'postgres' },
	postgresql: { port: startTlsPorts.postgres, starttls: 'postgres' },
	mysql: { port: startTlsPorts.mysql, starttls: 'mysql' },
};

const hostName = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62})?)*$/;
const pattern =
	/^(?:(?<scheme>[a-z][a-z0-9+.-]*):\/\/)?(?:[^@/?#]*@)?(?:\[(?<ipv6>[^\]]*)\]|(?<name>[^:/?#[\]]*))(?::(?<digits>\d{1,6}))?(?:[/?#].*)?$/i;

/**
 * Reads `shop.example.com`, `shop.example.com:8443`, `https://shop.example.com/cart`, `[2001:db8::5]:443`,
 * `smtp://mail.example.com`, and the like.
 *
 * @throws CheckError `invalid_input` for what is none of these
 */
export function parseTarget(text: string): CertificateTarget {
	const given = text.trim();
	if (isIPv6(given)) return { host: given, port: 443 };
	const { scheme, ipv6, name, digits } = pattern.exec(given)?.groups ?? {};
	const known = scheme === undefined ? { port: 443 } : schemes[scheme.toLowerCase()];
	if (known === undefined) {
		const why =
			scheme === 'http' ? 'there is no certificate behind "http://"' : `"${scheme}://" is not known`;
		throw refused(
			given,
			why,
			`Write the host and the port, or use one of ${Object.keys(schemes).join(', ')}.`,
		);
	}
	const host = ipv6 ?? name;
	const isBracketed = ipv6 !== undefined && !isIPv6(ipv6);
	if (host === undefined || isBracketed || hasControls(given))
		throw refused(given, 'that is no host', writeHost);
	const port = digits === undefined ? known.port : Number(digits);
	if (port < 1 || port > 65_535)
		throw refused(given, `there is no port ${port}`, 'Use a port from 1 to 65535.');
	return { ...known, host: readHost(host, given), port };
}

const writeHost = 'Write a host such as "shop.example.com", "shop.example.com:8443" or "[2001:db8::5]:443".';

const hasControls = (text: string): boolean => /[\p{Cc}\s]/u.test(text);

function readHost(host: string, given: string): string {
	if (isIP(host) !== 0) return host;
	if (host.includes('*'))
		throw refused(
			given,
			'behind a wildcard stands no server',
			'Name a host that its certificate is for, such as "www" in its place.',
		);
	const name = asciiName(host);
	if (hostName.test(name) && !/^[\d.]+$/.test(name)) return name;
	throw refused(given, 'that is no host', writeHost);
}

/**
 * `parseTarget` for many; the same server is taken once.
 *
 * @param list texts, or one text with a target a line or commas between them
 * @throws CheckError `invalid_input`
 */
export function parseTargets(list: string | readonly string[]): CertificateTarget[] {
	const texts = typeof list === 'string' ? list.split(/[\r\n,]+/) : list;
	const known = new Map<string, CertificateTarget>();
	for (const text of texts) {
		if (text.trim() === '') continue;
		const target = parseTarget(text);
		known.set(targetName(target), target);
	}
	if (known.size > mostTargets)
		throw new CheckError(
			'invalid_input',
			`${known.size} hosts are more than are checked in one run (${mostTargets}).`,
			'Split the list.',
		);
	return [...known.values()];
}

const mostTargets = 5000;

/** `shop.example.com:443`; with the protocol where it is one that changes over to TLS. */
export function targetName({ host, port, starttls }: CertificateTarget): string {
	const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
	return starttls === undefined ? at : `${starttls}://${at}`;
}

function refused(given: string, why: string, remedy: string): CheckError {
	const shown = shorten(given.replace(/\p{Cc}/gu, '␀').replace(/\/\/[^@/]*@/, '//'), 80);
	return new CheckError('invalid_input', `"${shown}" cannot be checked: ${why}.`, remedy);
}
