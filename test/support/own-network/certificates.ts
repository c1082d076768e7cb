import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';

import type { CertificateOptions } from '../../../src/check';
import { checkCertificate } from '../../../src/check/tls/check';

/** Which chain is served at which address; all on port 443. */
type Served = Record<string, { cert: string; key: string }>;

async function main(): Promise<void> {
	const served = JSON.parse(readFileSync(process.env['SERVED_FILE'] ?? '', 'utf8')) as Served;
	for (const [address, options] of Object.entries(served)) {
		const server = createServer(options, (socket) => socket.on('error', () => undefined).resume());
		server.on('tlsClientError', () => undefined);
		await new Promise<void>((resolve) => server.listen(443, address, resolve));
	}
	process.on('message', (options: CertificateOptions) => {
		void checkCertificate(options).then((report) => process.send?.(report));
	});
	process.on('disconnect', () => process.exit());
	process.send?.('ready');
}

void main();
