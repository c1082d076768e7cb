import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { chainOf, type Authority } from '../../support/pki/certificates';
import type { Scope } from '../../support/scope';

/** Servers in a process of their own, so that they and who looks at them do not wait for each other. */
export async function serveMany(
	scope: Scope,
	authority: Authority,
	count: number,
): Promise<{ ports: number[]; end: () => Promise<void> }> {
	const leaf = authority.leaf();
	const file = scope.path('served.json');
	writeFileSync(
		file,
		JSON.stringify({ cert: chainOf(leaf, authority.intermediate), key: leaf.keyPem, count }),
	);
	const child = fork(join(__dirname, 'worker.cjs'), [file]);
	const [ports] = (await once(child, 'message')) as [number[]];
	return {
		ports,
		end: async () => {
			const ended = once(child, 'exit');
			child.kill('SIGKILL');
			await ended;
		},
	};
}
