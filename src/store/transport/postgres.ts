import type { ClientBase, Pool, PoolConfig } from 'pg';

import { errorMessage, systemCode } from '../../shared';
import { schemaName } from '../schema/name';
import { failureOf, lateFailure, type Failure } from './failure';
import type { AttemptOptions, Transport } from './transport';

/** What `pg` needs to connect: a connection string, or its parts. */
export type PostgresAccess = Pick<
	PoolConfig,
	'connectionString' | 'host' | 'port' | 'database' | 'user' | 'password' | 'ssl'
>;

const mostConnections = 4;
const connectLimitMs = 10_000;
/**
 * Longer than those who look for what is due wait between two looks: a new connection has to prove itself, and the server reads
 * and plans every function anew for it, which takes longer than most calls.
 */
const idleLimitMs = 120_000;
/** How often a server that works or waits for us looks whether we are still there. */
const presenceMs = 2000;

/**
 * A call that was given up would go on on the server, and wait for locks there. By a statement and not as a setting of the
 * connection, because poolers refuse settings that they do not know; where a system cannot look, calls end by themselves.
 */
async function endWithUs(client: ClientBase): Promise<void> {
	await client.query(`set client_connection_check_interval = ${presenceMs}`).catch(() => undefined);
}

/** Straight to PostgreSQL. */
export class PostgresTransport implements Transport {
	private pool: Promise<Pool> | undefined;

	constructor(
		private readonly access: PostgresAccess,
		readonly schema: string,
	) {}

	async call(
		name: string,
		tenant: string,
		request: object,
		{ timeLimitMs, signal }: AttemptOptions,
	): Promise<unknown> {
		signal?.throwIfAborted();
		const pool = await (this.pool ??= this.open());
		const client = await pool.connect().catch((thrown: unknown) => {
			throw this.explain(thrown, name);
		});
		let timer: NodeJS.Timeout | undefined;
		let abort: (() => void) | undefined;
		let failure: unknown;
		try {
			const interruption = new Promise<never>((_resolve, reject) => {
				timer = setTimeout(() => reject(lateFailure(name, timeLimitMs)), timeLimitMs);
				abort = () => reject(signal?.reason as Error);
				signal?.addEventListener('abort', abort, { once: true });
			});
			const answer = client
				.query<{ result: unknown }>({
					text: `select ${schemaName(this.schema)}.${name}($1, $2::jsonb) as result`,
					values: [tenant, JSON.stringify(request)],
				})
				.catch((thrown: unknown) => {
					throw this.explain(thrown, name);
				});
			return (await Promise.race([answer, interruption])).rows[0]?.result;
		} catch (thrown) {
			failure = thrown;
			throw thrown;
		} finally {
			clearTimeout(timer);
			if (abort) signal?.removeEventListener('abort', abort);
			// A connection on which something went wrong may still be busy with it.
			client.release(failure !== undefined);
		}
	}

	async close(): Promise<void> {
		const pool = await this.pool;
		this.pool = undefined;
		await pool?.end();
	}

	private async open(): Promise<Pool> {
		const { Pool: PostgresPool } = await import('pg');
		const pool = new PostgresPool({
			...this.access,
			max: mostConnections,
			connectionTimeoutMillis: connectLimitMs,
			idleTimeoutMillis: idleLimitMs,
			// So that no way between here and there forgets a connection that waits.
			keepAlive: true,
			application_name: 'opsdesk',
			allowExitOnIdle: true,
			verify: (client, done) => void endWithUs(client).then(() => done()),
		});
		// An idle connection that breaks is replaced by the next call.
		pool.on('error', () => undefined);
		return pool;
	}

	private explain(thrown: unknown, name: string): Failure {
		const { detail, hint } = (thrown ?? {}) as { detail?: string; hint?: string };
		const message = errorMessage(thrown);
		const code = systemCode(thrown) ?? (/terminated|ended|timeout/i.test(message) ? 'ECONNRESET' : '');
		return failureOf({ code, message, details: detail, hint }, this.schema, name);
	}
}
