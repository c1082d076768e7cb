import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port';
import type { ManagedProcess, Scope } from '../scope';
import { N8nClient } from './client';
import { n8nInstallation } from './install';
import { installPackage } from './package';

export interface N8nOptions {
	/** Name of the stand within its scope: its log is `<name>.log`. Default `n8n`. */
	name?: string;
	/** Added to, or replacing, the environment of `n8nEnvironment`. */
	env?: Record<string, string>;
	/** Whether this package is installed in it, from the packed tarball. Default true. */
	withPackage?: boolean;
	/** Root of the built package to install. Default: this repository. */
	packageSource?: string;
	/** A user folder to go on with, e.g. that of a stand that was ended. Default: a new one in the scope. */
	userFolder?: string;
	/** How long n8n may take until it is ready. Default 220000. */
	timeoutMs?: number;
}

/** A running n8n without an owner yet. */
export interface N8nServer {
	url: string;
	process: ManagedProcess;
	userFolder: string;
	/** The whole environment the process was started with. */
	env: Record<string, string>;
}

export interface N8n extends N8nServer {
	client: N8nClient;
}

/** Settings of every n8n of the tests: nothing calls out, plain HTTP, unverified packages allowed. */
export const n8nEnvironment: Readonly<Record<string, string>> = {
	N8N_SECURE_COOKIE: 'false',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_DISABLED_MODULES: 'mcp-registry,instance-ai,mcp,chat-hub',
	N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
};

/** Starts an n8n with an owner, ready to use; it ends with the scope. */
export async function startN8n(scope: Scope, options: N8nOptions = {}): Promise<N8n> {
	const server = await startN8nServer(scope, options);
	return { ...server, client: await N8nClient.forNewN8n(server.url) };
}

/** Starts an n8n again that was ended or killed: on the same folder and address, with what is published in it. */
export async function restartN8n(
	scope: Scope,
	{ client, userFolder, env }: N8n,
	name = 'n8n-again',
): Promise<N8n> {
	const { N8N_PORT = '', N8N_RUNNERS_BROKER_PORT = '' } = env;
	const server = await startN8nServer(scope, {
		...{ name, userFolder, env: { N8N_PORT, N8N_RUNNERS_BROKER_PORT }, withPackage: false },
	});
	const { email, password } = client.session;
	return { ...server, client: await N8nClient.signIn(server.url, email, password) };
}

/** Starts an n8n and waits until it is ready, without touching its owner (for restarts on a used folder). */
export async function startN8nServer(scope: Scope, options: N8nOptions = {}): Promise<N8nServer> {
	const { name = 'n8n', withPackage = true, timeoutMs = 220_000 } = options;
	const { nodeBinary, n8nBinary } = await n8nInstallation();
	const userFolder = options.userFolder ?? scope.path(`${name}-user`);
	const temporary = join(userFolder, 'tmp');
	await mkdir(join(userFolder, '.n8n'), { recursive: true });
	await mkdir(temporary, { recursive: true });
	if (withPackage) await installPackage(join(userFolder, '.n8n', 'nodes'), options.packageSource);
	const env = {
		...n8nEnvironment,
		// n8n's libraries must not read or write the home directory of whoever runs the tests.
		HOME: userFolder,
		TMPDIR: temporary,
		N8N_USER_FOLDER: userFolder,
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_PORT: String(await freePort()),
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		...options.env,
	};
	const process = scope.start(name, nodeBinary, { args: [n8nBinary, 'start'], env, graceMs: 10_000 });
	const url = `http://127.0.0.1:${env.N8N_PORT}`;
	await process.ready(async () => (await fetch(`${url}/healthz/readiness`)).ok, timeoutMs);
	return { url, process, userFolder, env };
}
