import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { checkCertificates } from '../../../src/check/tls/check';
import { Authority } from '../../support/pki/certificates';
import type { Area } from '../main';
import { goal, rounded } from '../numbers';
import { compete } from '../rounds';
import { serveMany } from './servers';

const hosts = 200;
const roundCount = 5;
const limitSeconds = 10;
const atOnce = 20;

/** Looks at 200 hosts of this machine, against as many runs of `openssl s_client`, as many at the same time. */
export const measure: Area = async (scope, tell) => {
	tell(`${hosts} servers start`);
	const authority = new Authority('Bench');
	const ca = scope.path('ca.pem');
	writeFileSync(ca, authority.root.pem);
	const servers = await serveMany(scope, authority, hosts);
	const product = async (): Promise<number> => {
		const begun = performance.now();
		const asked = servers.ports.map((port) => ({ host: 'localhost', port, ca: authority.root.pem }));
		const reports = await checkCertificates(asked, atOnce);
		const seconds = (performance.now() - begun) / 1000;
		const bad = reports.filter(({ status }) => status !== 'ok').length;
		if (bad > 0) throw new Error(`${bad} of ${hosts} healthy certificates were not found well.`);
		return seconds;
	};
	const tools = (): Promise<number> => opensslLoop(servers.ports, ca);
	const { medians, rounds } = await compete('200 certificates', { product, tools }, roundCount, tell);
	await sleep(300);
	const open = process.getActiveResourcesInfo().filter((kind) => /^TLS|TCPSocket/.test(kind)).length;
	await servers.end();
	return {
		hosts,
		seconds: goal(rounded(medians.product), 'below', limitSeconds),
		ratio: goal(rounded(medians.product / medians.tools), 'atMost', 1),
		openHandles: goal(open, 'exactly', 0),
		medians,
		rounds,
	};
};

/** The same with the tool that people use: a process for each host, as many at the same time. */
function opensslLoop(ports: readonly number[], ca: string): Promise<number> {
	const command = `xargs -P ${atOnce} -I{} sh -c 'openssl s_client -connect localhost:{} -servername localhost -verify_hostname localhost -verify_return_error -CAfile ${ca} </dev/null >/dev/null 2>&1 || echo bad'`;
	const begun = performance.now();
	return new Promise((resolve, reject) => {
		const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit'] });
		let said = '';
		child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
		child.on('error', reject);
		child.on('close', () =>
			said === ''
				? resolve((performance.now() - begun) / 1000)
				: reject(new Error('openssl refused a healthy certificate.')),
		);
		child.stdin.end(ports.join('\n'));
	});
}
