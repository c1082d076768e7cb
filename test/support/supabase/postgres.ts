import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client, type ClientConfig, type QueryResultRow } from 'pg';
import { cached } from '../cache';
import { freePort } from '../free-port';
import { Scope, type ManagedProcess } from '../scope';
import { programPath } from '../system-packages.cjs';

const run = promisify(execFile);

/** Owner of the cluster, as in a hosted project, where `postgres` is a lesser role. */
export const SUPERUSER = 'supabase_admin';
const DATABASE = 'postgres';
const START_LIMIT_MS = 30_000;
const UNUSED_MS = 7 * 24 * 3_600_000;
const INITDB_ARGUMENTS = [
	...['--username', SUPERUSER, '--auth-local=trust', '--auth-host=scram-sha-256'],
	...['--encoding=UTF8', '--locale=C.UTF-8'],
	// Segments of 1 MB keep the copy made for every stand small.
	...['--wal-segsize=1', '--no-sync'],
];

export interface PostgresOptions {
	/** Folder and log name below the scope's folder; needed only for a second server in one scope. */
	name?: string;
	/** Server settings over the stand's own, e.g. `{ log_statement: 'all' }`. */
	settings?: Record<string, string>;
	/** What is in the database from the start; made once and kept in the cache. */
	contents?: Contents;
}

export interface Contents {
	/** Says what they are and which version of it: a word and a number of letters and digits, e.g. `store-1f0c…`. */
	key: string;
	make(server: PostgresServer): Promise<void>;
}

export interface PostgresServer {
	readonly process: ManagedProcess;
	/** Folder of the Unix socket, on which every role is trusted; readable by this process's user only. */
	readonly socketFolder: string;
	readonly port: number;
	/** The superuser's way over that socket. */
	readonly connection: ClientConfig;
	/** Password of the superuser and of `postgres` over TCP; new for every server. */
	readonly password: string;
	/** A TCP connection string for a role that has a password. */
	urlFor(role: string): string;
	/** Runs one or more statements as the superuser on a connection of their own; rows of the last one. */
	exec<Row extends QueryResultRow = QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
}

interface Account {
	uid: number;
	gid: number;
}

/**
 * Starts PostgreSQL 15 on a free port of 127.0.0.1 and a private socket, bootstrapped like a hosted project.
 * Durability against a crash of the machine is off unless `settings` say otherwise.
 */
export async function startPostgres(scope: Scope, options: PostgresOptions = {}): Promise<PostgresServer> {
	return await startFrom(await seedFolder(options.contents), scope, options);
}

async function startFrom(seed: string, scope: Scope, options: PostgresOptions): Promise<PostgresServer> {
	const name = options.name ?? 'postgres';
	const folder = scope.path(name);
	const account = await makeHome(scope, folder);
	const withPassword = [SUPERUSER, 'postgres'];
	const data = join(folder, 'data');
	await run('cp', ['-r', '--reflink=auto', seed, data]);
	await takeOwnership(data, account);
	return await launch(scope, { name, folder, account, settings: options.settings ?? {}, withPassword });
}

/** Starts a server that follows another one of the same scope and can only be read; its passwords are those of that one. */
export async function startStandby(
	scope: Scope,
	primary: PostgresServer,
	settings: Record<string, string> = {},
): Promise<PostgresServer> {
	const name = 'standby';
	const folder = scope.path(name);
	const account = await makeHome(scope, folder);
	await run(
		join(dirname(programPath('postgres')), 'pg_basebackup'),
		[
			...['--pgdata', join(folder, 'data'), '--write-recovery-conf', '--checkpoint=fast', '--no-sync'],
			...['--host', primary.socketFolder, '--port', String(primary.port), '--username', SUPERUSER],
		],
		{ cwd: folder, ...account },
	);
	const server = await launch(scope, { name, folder, account, settings, withPassword: [] });
	const { password } = primary;
	const urlFor = (role: string): string =>
		`postgresql://${role}:${password}@127.0.0.1:${server.port}/${DATABASE}`;
	return { ...server, password, urlFor };
}

interface Launch {
	name: string;
	folder: string;
	account: Account | undefined;
	settings: Record<string, string>;
	/** Roles that get the server's password. */
	withPassword: string[];
}

/** A connection whose statements stay out of the server's log. */
const UNLOGGED = {
	options: '-c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1',
};

/** A free port may be taken by someone else before the server has it: then the next one is tried. */
async function launch(scope: Scope, plan: Launch, attemptsLeft = 3): Promise<PostgresServer> {
	const port = await freePort();
	const server = scope.start(plan.name, programPath('postgres'), {
		args: ['-D', join(plan.folder, 'data'), ...settingArguments(plan, port)],
		env: { LANG: 'C.UTF-8', TZ: 'UTC' },
		// "Immediate shutdown": ends sessions at once and still removes its shared memory.
		stopSignal: 'SIGQUIT',
		...plan.account,
	});
	const password = randomBytes(18).toString('base64url');
	const connection = { host: plan.folder, port, user: SUPERUSER, database: DATABASE };
	const setPasswords = plan.withPassword.map((role) => `alter role ${role} password '${password}'`).join(';');
	try {
		await server.ready(
			() => query({ ...connection, ...UNLOGGED }, setPasswords).then(() => true),
			START_LIMIT_MS,
		);
	} catch (error) {
		if (attemptsLeft <= 1 || !server.tail().includes('Address already in use')) throw error;
		return await launch(scope, plan, attemptsLeft - 1);
	}
	return {
		process: server,
		socketFolder: plan.folder,
		port,
		connection,
		password,
		urlFor: (role) => `postgresql://${role}:${password}@127.0.0.1:${port}/${DATABASE}`,
		exec: (sql, values) => query(connection, sql, values),
	};
}

function settingArguments({ folder, settings }: Launch, port: number): string[] {
	const all = {
		port: String(port),
		listen_addresses: '127.0.0.1',
		unix_socket_directories: folder,
		unix_socket_permissions: '0700',
		fsync: 'off',
		full_page_writes: 'off',
		// Not in /dev/shm, where a killed server would leave it.
		dynamic_shared_memory_type: 'mmap',
		timezone: 'UTC',
		log_timezone: 'UTC',
		...settings,
	};
	return Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

async function query<Row extends QueryResultRow>(
	connection: ClientConfig,
	sql: string,
	values?: unknown[],
): Promise<Row[]> {
	const client = new Client(connection);
	// The server may be killed under an idle connection; the query itself reports what matters.
	client.on('error', () => undefined);
	await client.connect();
	try {
		const result: { rows: Row[] } | Array<{ rows: Row[] }> = await client.query<Row>(sql, values);
		return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows;
	} finally {
		await client.end();
	}
}

/** The initialised and bootstrapped data folder, built once for each version of server, bootstrap and contents. */
async function seedFolder(contents?: Contents): Promise<string> {
	const bootstrap = readFileSync(join(__dirname, 'bootstrap.sql'), 'utf8');
	const { stdout: version } = await run(programPath('postgres'), ['--version']);
	const digest = createHash('sha256').update(version).update(bootstrap).update(INITDB_ARGUMENTS.join(' '));
	const key = `pgdata-15-${digest.digest('hex').slice(0, 12)}`;
	const bare = await cached(key, (target) => buildSeed(target, bootstrap));
	if (!contents) return bare;
	const filled = await cached(`${key}-${contents.key}`, async (target) => {
		await forgetUnused(dirname(bare));
		await fillSeed(bare, target, contents);
	});
	await utimes(filled, new Date(), new Date());
	return filled;
}

/** Contents change with each migration that is worked on. */
async function forgetUnused(cache: string): Promise<void> {
	for (const name of await readdir(cache)) {
		if (!/^pgdata-15-\w+-\w+-\w+$/.test(name)) continue;
		const path = join(cache, name);
		const used = await stat(path).catch(() => undefined);
		if (used && Date.now() - used.mtimeMs > UNUSED_MS) await rm(path, { recursive: true, force: true });
	}
}

async function buildSeed(target: string, bootstrap: string): Promise<void> {
	const scope = await Scope.open('initdb');
	try {
		const folder = scope.path('postgres');
		const account = await makeHome(scope, folder);
		await run(
			join(dirname(programPath('postgres')), 'initdb'),
			['--pgdata', join(folder, 'data'), ...INITDB_ARGUMENTS],
			{ cwd: folder, ...account },
		);
		const server = await launch(scope, { name: 'postgres', folder, account, settings: {}, withPassword: [] });
		await server.exec(bootstrap);
		await keepSeed(server, join(folder, 'data'), target);
	} finally {
		await scope.close();
	}
}

async function fillSeed(bare: string, target: string, contents: Contents): Promise<void> {
	const scope = await Scope.open('fill-seed');
	try {
		const server = await startFrom(bare, scope, {});
		await contents.make(server);
		await keepSeed(server, join(server.socketFolder, 'data'), target);
	} finally {
		await scope.close();
	}
}

async function keepSeed(server: PostgresServer, data: string, target: string): Promise<void> {
	await server.process.end('SIGINT');
	await run('cp', ['-r', `${data}/.`, target]);
}

/** A folder for the server below the scope's, which the server's account must be able to pass through. */
async function makeHome(scope: Scope, folder: string): Promise<Account | undefined> {
	const account = serverAccount();
	await mkdir(folder, { mode: 0o700 });
	if (account) await chmod(scope.folder, 0o711);
	await takeOwnership(folder, account);
	return account;
}

async function takeOwnership(path: string, account: Account | undefined): Promise<void> {
	if (account) await run('chown', ['-R', `${account.uid}:${account.gid}`, path]);
	await run('chmod', ['-R', 'u=rwX,go=', path]);
}

/** PostgreSQL refuses to run as root: it then runs as `postgres`, or `nobody` where that does not exist. */
function serverAccount(): Account | undefined {
	if (process.getuid?.() !== 0) return undefined;
	const accounts = readFileSync('/etc/passwd', 'utf8')
		.split('\n')
		.map((line) => line.split(':'));
	const entry = ['postgres', 'nobody'].map((name) => accounts.find(([user]) => user === name)).find(Boolean);
	if (!entry)
		throw new Error('PostgreSQL refuses to run as root, and there is no user "postgres" or "nobody".');
	return { uid: Number(entry[2]), gid: Number(entry[3]) };
}
