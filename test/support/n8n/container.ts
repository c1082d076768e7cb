import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';

import type { TestEngine } from '../engine';
import { freePort } from '../free-port';
import { loadImage } from '../images/images';
import type { Scope } from '../scope';
import { programPath } from '../system-packages.cjs';
import { N8nClient } from './client';
import { n8nEnvironment } from './host';
import { n8nInstallation } from './install';
import { installPackage } from './package';
import { repositoryRoot } from './paths';
import { poll } from './poll';

/** An n8n as most people run it: in a container, with the engine behind a filtering proxy. */
export interface ContainerisedN8n {
	url: string;
	client: N8nClient;
	/** Name of n8n's container on the engine. */
	container: string;
	/** What n8n's container has logged. */
	logs(): Promise<string>;
	/** Runs docker-compose on the project and returns its output. */
	compose(...args: string[]): Promise<string>;
}

const run = promisify(execFile);
/** The example of the README; the tests run this very file. */
const example = join(repositoryRoot, 'docs', 'compose');

/**
 * Starts the compose example on an engine. Two things differ from a user's: the images are made here instead of
 * pulled, n8n and Node being mounted read-only from the cache, and the socket is that of the given engine.
 */
export async function startContainerisedN8n(
	scope: Scope,
	engine: TestEngine,
	env: Record<string, string> = {},
): Promise<ContainerisedN8n> {
	const folder = scope.path('compose');
	await cp(example, folder, { recursive: true });
	await loadExampleImages(engine);
	await writeFile(join(folder, 'test.yaml'), await overrides(engine, env));

	const port = await freePort();
	const compose = async (...args: string[]): Promise<string> => {
		const files = ['-p', 'desk', '-f', 'compose.yaml', '-f', 'test.yaml'];
		const { stdout } = await run(programPath('docker-compose'), [...files, ...args], {
			cwd: folder,
			env: {
				PATH: process.env.PATH,
				DOCKER_HOST: `unix://${engine.socketPath}`,
				N8N_PORT: String(port),
				TIMEZONE: 'Europe/Berlin',
			},
		});
		return stdout;
	};
	await compose('up', '--no-start');
	const container = 'desk_n8n_1';
	await fillVolume(scope, engine, container);
	await compose('up', '-d');

	const url = `http://127.0.0.1:${port}`;
	const logs = async () => await engine.cli('logs', container);
	const ready = await poll(90_000, async () => ((await isReady(url)) ? true : undefined));
	if (!ready)
		throw new Error(`n8n in its container was not ready within 90 seconds:\n${(await logs()).slice(-3000)}`);
	return { url, client: await N8nClient.forNewN8n(url), container, logs, compose };
}

async function isReady(url: string): Promise<boolean> {
	return await fetch(`${url}/healthz/readiness`).then(
		(response) => response.ok,
		() => false,
	);
}

/** Our images under the names that the example would pull. */
async function loadExampleImages(engine: TestEngine): Promise<void> {
	const { services } = parse(readFileSync(join(example, 'compose.yaml'), 'utf8')) as {
		services: Record<'n8n' | 'docker-proxy', { image: string }>;
	};
	await loadImage(engine.docker, 'n8n', services.n8n.image);
	await loadImage(engine.docker, 'haproxy', services['docker-proxy'].image);
}

async function overrides(engine: TestEngine, env: Record<string, string>): Promise<string> {
	const { folder, nodeBinary } = await n8nInstallation();
	return stringify({
		services: {
			n8n: {
				environment: { ...n8nEnvironment, ...env },
				volumes: [`${folder}:/opt/n8n:ro`, `${dirname(dirname(nodeBinary))}:/opt/node:ro`],
			},
			'docker-proxy': { volumes: [`${engine.socketPath}:/var/run/docker.sock:ro`] },
		},
	});
}

/** Puts the installed package into n8n's volume, where n8n's own installer would put it. */
async function fillVolume(scope: Scope, engine: TestEngine, container: string): Promise<void> {
	const folder = scope.path('volume');
	await mkdir(folder);
	await installPackage(join(folder, 'nodes'));
	const archive = scope.path('volume.tar');
	await run('tar', ['-C', folder, '-cf', archive, '--owner=1000', '--group=1000', 'nodes']);
	await engine.docker.getContainer(container).putArchive(archive, { path: '/home/node/.n8n' });
}
