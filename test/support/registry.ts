import { mkdirSync, writeFileSync } from 'node:fs';

import { freePort } from './free-port';
import type { Scope } from './scope';
import { programPath } from './system-packages.cjs';

/** A registry of images; engines take one at this address without TLS. */
export interface Registry {
	/** `127.0.0.1:40123` */
	readonly address: string;
}

/** Starts a private registry; it ends with the scope. @param login whether it refuses who has none */
export async function startRegistry(scope: Scope, name = 'registry', login = false): Promise<Registry> {
	const folder = scope.path(name);
	mkdirSync(folder);
	const address = `127.0.0.1:${await freePort()}`;
	const config = {
		version: '0.1',
		log: { level: 'warn' },
		storage: { filesystem: { rootdirectory: folder } },
		http: { addr: address },
		...(login && { auth: { htpasswd: { realm: 'test', path: `${folder}/htpasswd` } } }),
	};
	// JSON is YAML.
	writeFileSync(`${folder}/config.yml`, JSON.stringify(config));
	const server = scope.start(`${name}-server`, programPath('docker-registry'), {
		args: ['serve', `${folder}/config.yml`],
	});
	await server.ready(async () => (await fetch(`http://${address}/v2/`)).status > 0, 120_000);
	return { address };
}
