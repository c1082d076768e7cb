import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';

import type { BackupContext } from '../../../../src/backup';
import type { Site } from '../../../../src/shared';
import { Scope } from '../../../support/scope';
import { startPostgres, SUPERUSER, type PostgresServer } from '../../../support/supabase/postgres';
import { programPath } from '../../../support/system-packages.cjs';
import { site } from '../engine-stand';

/** A PostgreSQL that is reached over TCP with a password. */
export interface ServerStand {
	readonly scope: Scope;
	readonly server: PostgresServer;
	context(more?: Partial<BackupContext>): BackupContext;
	/** A site whose only source is a database of this server. */
	site(destination: string, more?: Record<string, unknown>): Site;
	/** Runs statements as the superuser and returns the rows of the last one. */
	sql(statements: string, database?: string): string;
	databases(): string[];
}

export function useServerStand(label: string, settings: Record<string, string> = {}): ServerStand {
	let started: { scope: Scope; server: PostgresServer } | undefined;
	const use = (): NonNullable<typeof started> => {
		if (!started) throw new Error('The server is there only while tests run.');
		return started;
	};
	beforeAll(async () => {
		const scope = await Scope.open(label);
		started = { scope, server: await startPostgres(scope, { settings }) };
	});
	afterAll(() => started?.scope.close());
	const stand: ServerStand = {
		get scope() {
			return use().scope;
		},
		get server() {
			return use().server;
		},
		context: (more = {}) => ({ secrets: { databasePasswords: { '*': use().server.password } }, ...more }),
		site: (destination, more = {}) =>
			site({
				backup: {
					databases: [
						{
							name: 'shop',
							type: 'postgres-server',
							host: '127.0.0.1',
							port: use().server.port,
							database: 'shop',
							user: SUPERUSER,
							...more,
						},
					],
				},
				destinations: [{ name: 'local', type: 'directory', path: destination }],
			}),
		sql: (statements, database = 'shop') =>
			execFileSync(join(dirname(programPath('postgres')), 'psql'), ['-qXAtv', 'ON_ERROR_STOP=1'], {
				env: {
					PGHOST: use().server.socketFolder,
					PGPORT: String(use().server.port),
					PGUSER: SUPERUSER,
					PGDATABASE: database,
				},
				input: statements,
				encoding: 'utf8',
			}).trim(),
		databases: () =>
			stand
				.sql(
					`select datname from pg_database where datname !~ '^(postgres|template.)$' order by 1`,
					'postgres',
				)
				.split('\n'),
	};
	return stand;
}
