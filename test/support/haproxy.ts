import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { System, parseConnection } from '../../src/docker';
import type { TestEngine } from './engine';
import { freePort } from './free-port';
import type { Scope } from './scope';
import { programPath } from './system-packages.cjs';

/**
 * Starts haproxy before an engine, with the very rules of the compose example; it ends with the scope.
 * @param edit changes the rules, e.g. their times
 * @returns the port it listens on at 127.0.0.1
 */
export async function startHaproxy(
	scope: Scope,
	engine: TestEngine,
	edit: (rules: string) => string = (rules) => rules,
): Promise<number> {
	const port = await freePort();
	const rules = readFileSync(resolve(__dirname, '../../docs/compose/haproxy.cfg'), 'utf8')
		.replace('bind :2375', `bind 127.0.0.1:${port}`)
		.replace('unix@/var/run/docker.sock', `unix@${engine.socketPath}`);
	writeFileSync(scope.path('haproxy.cfg'), edit(rules));
	const args = ['-db', '-f', scope.path('haproxy.cfg')];
	const proxy = scope.start('haproxy', programPath('haproxy'), { args });
	const rights = { accessLevel: 'read', allowedContainers: '*' };
	const system = new System(parseConnection({ ...rights, connectionType: 'tcp', host: '127.0.0.1', port }));
	await proxy.ready(async () => (await system.ping()).reachable, 120_000);
	return port;
}
