import type { Command } from 'commander';

import { checkHosts, proxyPasswordVariable, type CertOptions } from './cert';
import { asJson, type RunReport, type Surroundings } from './output';

/** Adds `opsdesk cert check`. */
export function addCert(program: Command, report: RunReport, surroundings: Surroundings): void {
	program
		.command('cert')
		.description('certificates of servers')
		.command('check')
		.description(
			'look at the certificates of servers as their clients do; exit code 3 with warnings, 1 when one is bad or cannot be read',
		)
		.argument('<hosts...>', 'e.g. shop.example.com, mail.example.com:993, smtp://mail.example.com')
		.option('--connect-to <address>', 'address or host to connect to in place of the host')
		.option('--servername <name>', 'name for the handshake, which the certificate must be for')
		.option('--ca <file>', 'CAs that are trusted in place of those of the system')
		.option('--starttls <protocol>', 'smtp, imap, pop3, postgres or mysql')
		.option('--proxy <address>', `HTTP proxy; its password in ${proxyPasswordVariable}`)
		.option('--timeout <seconds>', 'for each host', '10')
		.option('--each-address', 'look at every address of the host')
		.option('--protocols', 'find out which versions of TLS the server takes')
		.option('--revocation', 'ask the CA whether certificates are revoked')
		.option('--web', 'look at Strict-Transport-Security, http:// to https://, and redirects')
		.option('--file <file>', 'certificate that should be served')
		.option('--domain', 'ask the registry until when the domain is registered (RDAP)')
		.option('--rdap-url <address>', 'RDAP service in place of the one that IANA lists')
		.option(...asJson)
		.action((hosts: string[], options: CertOptions) =>
			report(options, () => checkHosts(hosts, options, surroundings)),
		);
}
