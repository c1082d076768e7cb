import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientConfig } from 'pg';

import { errorMessage, systemCode, type CheckOf } from '../../../shared';
import { Fault, found } from '../finding';
import { endpoint } from '../network/faults';
import type { Finding, ProbeContext } from '../probe';
import { boundBytes } from '../service/bounded';
import { credentialFor } from '../service/credential';
import { misconfigured, ServiceFault } from '../service/reasons';
import { transportFault } from '../service/transport';
import { judgeAnswers, queries, refusal, type Answers } from './answers';

const farewellMs = 500;

type TlsMode = CheckOf<'postgres'>['tls'];

/** The server has asked for a password, and there is none to send. */
class PasswordWanted extends Error {}

/** @throws Fault */
export async function askOverNetwork(
	check: CheckOf<'postgres'>,
	host: string,
	context: ProbeContext,
): Promise<Finding> {
	const { port, authenticated, connections } = check;
	const isSocket = host.startsWith('/');
	const at = isSocket ? host : endpoint(host, port);
	const name = `PostgreSQL at ${at}`;
	const credential = authenticated
		? credentialFor('Postgres', { host, port }, context.secrets.postgres, context.unusable?.postgres)
		: undefined;
	// A password goes over no less than its credential says.
	const mode = stricter(check.tls, credential?.tls);
	const ask = (tls: ClientConfig['ssl']): Promise<Answers> =>
		askOnce({ check, host, at, tls, credential, signal: context.signal });
	try {
		return judgeAnswers(name, check, await withTls(isSocket ? 'disable' : mode, ask));
	} catch (thrown) {
		if (thrown instanceof Fault) throw thrown;
		const asked = thrown instanceof PasswordWanted;
		const code = codeOf(thrown);
		if (asked || (credential === undefined && code?.startsWith('28'))) {
			if (connections !== undefined)
				throw misconfigured(
					`${name} takes connections, but tells how many of them are taken only after signing in. Give the node a Postgres credential and say "authenticated".`,
				);
			const wants = asked
				? 'it asks for a password'
				: `it does not let the role "${check.user}" in from here`;
			return found('ok', 'ok', `${name} takes connections; ${wants}, so no query was made.`, null, {});
		}
		if (code !== undefined && isSqlState(thrown)) throw refusal(name, errorMessage(thrown), code);
		throw connectionFault(thrown, name, host, at);
	}
}

const modes = ['disable', 'prefer', 'require', 'verify-full'] as const;

const stricter = (asked: TlsMode, least: TlsMode = 'disable'): TlsMode =>
	modes.indexOf(least) > modes.indexOf(asked) ? least : asked;

async function withTls(mode: TlsMode, ask: (tls: ClientConfig['ssl']) => Promise<Answers>): Promise<Answers> {
	if (mode === 'disable') return await ask(false);
	try {
		return await ask({ rejectUnauthorized: mode === 'verify-full' });
	} catch (thrown) {
		if (mode === 'prefer' && isWithoutTls(thrown)) return await ask(false);
		throw thrown;
	}
}

interface Attempt {
	check: CheckOf<'postgres'>;
	host: string;
	at: string;
	tls: ClientConfig['ssl'];
	credential: { user: string; password: string } | undefined;
	signal: AbortSignal;
}

async function askOnce({ check, host, at, tls, credential, signal }: Attempt): Promise<Answers> {
	const { Client: PostgresClient } = await import('pg');
	signal.throwIfAborted();
	const socket = new Socket();
	const unbound = boundBytes(socket, at);
	const cut = (): void => void socket.destroy();
	signal.addEventListener('abort', cut, { once: true });
	const client = new PostgresClient({
		...{ host, port: check.port, database: check.database, ssl: tls, stream: () => socket },
		user: credential?.user ?? check.user,
		// Always a function: without one, a password of the environment or of ~/.pgpass would go to any host.
		password: () => {
			if (credential === undefined) throw new PasswordWanted();
			return credential.password;
		},
		application_name: 'opsdesk',
	});
	// What is broken off later is told by the query.
	client.on('error', () => undefined);
	try {
		const startedAt = performance.now();
		await client.connect();
		const [standby] =
			(await client.query<[boolean]>({ text: queries.standby, rowMode: 'array' })).rows[0] ?? [];
		if (typeof standby !== 'boolean')
			throw new ServiceFault('unexpected_answer', `What answers at ${at} is not PostgreSQL.`);
		const latencyMs = performance.now() - startedAt;
		const connections = await client
			.query<[string, string]>({ text: queries.connections, rowMode: 'array' })
			.then(({ rows: [row] }) => {
				const [taken, most] = [Number(row?.[0]), Number(row?.[1])];
				return taken >= 0 && most > 0 ? { taken, most } : undefined;
			})
			.catch((thrown: unknown) => {
				if (isSqlState(thrown)) return undefined;
				throw thrown;
			});
		return { standby, connections, latencyMs };
	} finally {
		unbound();
		signal.removeEventListener('abort', cut);
		void farewell(client, socket);
	}
}

/** So that the server does not log a lost connection. Nobody waits for it. */
async function farewell(client: Client, socket: Socket): Promise<void> {
	await Promise.race([client.end(), sleep(farewellMs, undefined, { ref: false })]).catch(() => undefined);
	socket.destroy();
}

function connectionFault(thrown: unknown, name: string, host: string, at: string): Fault {
	const said = errorMessage(thrown);
	if (/^Connection terminated/.test(said))
		return new ServiceFault('closed', `${name} closed the connection at once. Its log says why.`);
	if (isWithoutTls(thrown))
		return new ServiceFault('tls_failed', `${name} does not speak TLS, which the check requires.`);
	return systemCode(thrown) === undefined
		? new ServiceFault('unexpected_answer', `${name} does not answer as PostgreSQL does: ${said}`)
		: transportFault(thrown, host, at);
}

const isWithoutTls = (thrown: unknown): boolean =>
	errorMessage(thrown) === 'The server does not support SSL connections';

function codeOf(thrown: unknown): string | undefined {
	return isSqlState(thrown) ? systemCode(thrown) : undefined;
}

/** Whether the server itself has sent it; codes of the system have no digits in front. */
function isSqlState(thrown: unknown): boolean {
	const { severity } = (thrown ?? {}) as { severity?: unknown };
	return typeof severity === 'string';
}
