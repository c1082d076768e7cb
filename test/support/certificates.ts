import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Signing {
	/** `subjectAltName` of the certificate, such as `DNS:localhost`. */
	names?: string;
	/** Who signs it: the name of another one, or its own when it is to be self-signed. */
	ca: string;
	/** So long it is valid; below zero it has expired. */
	days?: number;
	/** Whether it may sign others. */
	isCa?: boolean;
}

/** Certificates of a test with their keys, made by openssl as `<name>.pem` and `<name>.key` in one folder. */
export class Certificates {
	constructor(private readonly folder: string) {}

	make(name: string, { names, ca, days = 2, isCa = false }: Signing): void {
		const extensions = [
			`basicConstraints=CA:${isCa ? 'TRUE' : 'FALSE'}`,
			...(names ? [`subjectAltName=${names}`] : []),
		];
		writeFileSync(this.file('extensions'), extensions.join('\n'));
		const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
		this.openssl('req', ...key, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
		const signer =
			ca === name
				? ['-signkey', `${name}.key`]
				: ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial'];
		const rest = ['-out', `${name}.pem`, '-extfile', 'extensions', '-days', String(days)];
		this.openssl('x509', '-req', '-in', `${name}.csr`, ...signer, ...rest);
	}

	file(name: string): string {
		return join(this.folder, name);
	}

	read(name: string): string {
		return readFileSync(this.file(name), 'utf8');
	}

	private openssl(...args: string[]): void {
		execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' });
	}
}
