import type { ExecResult } from '../../docker';

/** Of those that every installation of PostgreSQL brings. */
export type ProgramName = 'pg_dump' | 'pg_dumpall' | 'pg_restore' | 'psql';

/** Where a server is. */
export interface ServerPlace {
	/** `container`: in a container whose own programs are used; `server`: reached over the network. */
	kind: 'container' | 'server';
	/** To follow "PostgreSQL" or "the database", e.g. `in the container "shop-db"` or `at db.example.com:5432`. */
	where: string;
}

/** A program of PostgreSQL may be silent for long; see who starts it. */
export interface ProgramOptions {
	/** Name of the connection in the server's list. */
	applicationName: string;
	/** `NAME=value` beyond what the place needs itself. */
	env?: readonly string[];
	silenceMs: number;
	signal?: AbortSignal | undefined;
}

/** A program that is ended when nobody wants its output any more. */
export interface PostgresProgram {
	/** Starts it and yields what it writes to stdout. */
	output(): AsyncIterable<Buffer>;
	/** Known after the end; only 0 is success. */
	readonly exitCode: number | undefined;
	/** What it has written to stderr. */
	said(): string;
}

export interface PsqlOptions {
	/** Arguments beyond those of the connection. */
	args: readonly string[];
	/**
	 * Another script, for when the first one fails. Where the programs outlive us, both run to their end whatever
	 * becomes of the one who asks, so that what the first one has begun does not stay half done.
	 */
	otherwise?: string | undefined;
	silenceMs?: number | undefined;
	signal?: AbortSignal | undefined;
}

/** A dump as a file that `pg_restore` can read: restoring with several jobs needs one. */
export interface DumpFile {
	readonly path: string;
	/** @throws BackupError `target_full`, `target_refused` */
	put(content: AsyncIterable<Buffer>, signal: AbortSignal | undefined): Promise<void>;
	/** Never cancelled: it is what a cancelled restore does last. */
	remove(): Promise<void>;
}

/**
 * Where the programs of PostgreSQL run, and the server they speak to: in the server's own container, on this machine,
 * or in a temporary container.
 */
export interface PostgresPrograms {
	readonly place: ServerPlace;
	/** Prepares a program; the arguments of the connection are added. */
	program(name: ProgramName, args: readonly string[], options: ProgramOptions): PostgresProgram;
	/** Runs a script of psql, in which psql replaces its variables. */
	psql(script: string, options: PsqlOptions): Promise<ExecResult>;
	/** @param sizeBytes of the dump */
	dumpFile(sizeBytes: number): DumpFile;
	/** Removes whatever was made for the programs. It may be called more than once. */
	close(): Promise<void>;
}
