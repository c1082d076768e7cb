import { execFileSync } from 'node:child_process';

import { programPath } from '../../../support/system-packages.cjs';
import type { Scope } from '../../../support/scope';

/** A certificate for 127.0.0.1 that nobody vouches for. */
export function selfSigned(scope: Scope): { cert: string; key: string } {
	const [cert, key] = [scope.path('self-signed.crt'), scope.path('self-signed.key')];
	execFileSync(
		programPath('openssl'),
		[
			...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
			...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
		],
		{ stdio: 'ignore' },
	);
	return { cert, key };
}
