import { isIP, SocketAddress } from 'node:net';
import { domainToASCII } from 'node:url';

/** One name that a certificate is for. */
export interface SubjectName {
	kind: 'dns' | 'ip' | 'email' | 'uri' | 'other';
	value: string;
}

/** GeneralName (RFC 5280, 4.2.1.6), by its number in the context. */
export function subjectName(tag: number, content: Buffer): SubjectName {
	if (tag === 1) return { kind: 'email', value: printable(content) };
	if (tag === 2) return { kind: 'dns', value: printable(content) };
	if (tag === 6) return { kind: 'uri', value: printable(content) };
	if (tag === 7) return { kind: 'ip', value: addressOf(content) };
	return { kind: 'other', value: content.toString('hex') };
}

/** What is no visible ASCII could look like another name. */
const printable = (content: Buffer): string =>
	content.toString('latin1').replace(/[^\x21-\x7e]/g, (character) => {
		const code = character.charCodeAt(0).toString(16).padStart(2, '0');
		return `\\x${code}`;
	});

function addressOf(content: Buffer): string {
	if (content.length === 4) return content.join('.');
	if (content.length !== 16) return content.toString('hex');
	const groups = Array.from({ length: 8 }, (_, index) => content.readUInt16BE(index * 2).toString(16));
	return plainAddress(groups.join(':'));
}

function plainAddress(address: string): string {
	const family = isIP(address);
	if (family === 0) return address;
	return new SocketAddress({ address, family: family === 6 ? 'ipv6' : 'ipv4' }).address;
}

/**
 * Whether a certificate with these names is one for this host, as browsers and RFC 9525 have it: its subject does not
 * count, a `*` stands for the whole leftmost label and for one label only, and an address is no name.
 *
 * @param host a name or an IP address; names in other letters, in capitals or with a dot at the end are taken as well
 */
export function isForHost(names: readonly SubjectName[], host: string): boolean {
	if (isIP(host) !== 0) {
		const wanted = plainAddress(host);
		return names.some(({ kind, value }) => kind === 'ip' && value === wanted);
	}
	const wanted = asciiName(host);
	if (wanted === '') return false;
	return names.some(({ kind, value }) => kind === 'dns' && matches(asciiName(value), wanted));
}

/** As it stands in certificates and questions to name servers: `xn--…`, small letters, no dot at the end. */
export function asciiName(name: string): string {
	const bare = name.replace(/\.$/, '');
	// Names with a "*" or a "_" are none to the rules of addresses, and hold nothing that these would change.
	return /^[\x21-\x7e]*$/.test(bare) ? bare.toLowerCase() : domainToASCII(bare);
}

function matches(pattern: string, host: string): boolean {
	if (!pattern.startsWith('*.')) return pattern === host && !pattern.includes('*');
	const rest = pattern.slice(1);
	const label = host.slice(0, host.indexOf('.'));
	// `*.com` would be all of it.
	const isWide = !rest.slice(1).includes('.') || rest.includes('*');
	return !isWide && label !== '' && host === `${label}${rest}`;
}
