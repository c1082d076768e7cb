import { Pool, type PoolConfig, type QueryResult, type QueryResultRow } from 'pg';
import type { PostgresServer } from './postgres';

/** More than any test asks for at once. */
const most = 16;

/**
 * The same as `exec` of a server, on connections that are kept: a test asks a hundred times what stands in a table, and
 * for a new connection the server needs longer than for the answer. Nothing of a session outlives its statements.
 */
export function execOnKept(connection: PoolConfig): PostgresServer['exec'] {
	const pool = new Pool({ ...connection, max: most, idleTimeoutMillis: 0, allowExitOnIdle: true });
	// The server may be killed under them; what was asked reports what matters.
	pool.on('error', () => undefined);
	return async <Row extends QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> => {
		const client = await pool.connect();
		try {
			const result: QueryResult<Row> | Array<QueryResult<Row>> = await client.query<Row>(sql, values);
			// Fails in a transaction that was left open, and ends it by that.
			await client.query('discard all');
			client.release();
			return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows;
		} catch (thrown) {
			client.release(true);
			throw thrown;
		}
	};
}
