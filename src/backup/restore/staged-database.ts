import { Readable } from 'node:stream';

import { errorMessage } from '../../shared';
import type { BackupContext } from '../context';
import type { ManifestArtefact } from '../manifest';
import { createStatement, Database } from '../postgres/database';
import { explainRestore } from '../postgres/failures';
import { openPrograms, type PostgresPlace } from '../postgres/open';
import type { DumpFile, PostgresPrograms } from '../postgres/programs';
import { stagingPattern, type DatabaseNames } from './database-names';
import { mayHoldSecret, shownSetting, type DatabaseSettings } from './database-settings';
import { dropDatabase, endSessions, lookUp } from './database-sql';
import { ignoredErrors } from './ignored-errors';
import { runScriptFile } from './script-file';
import { refuseUnfitServer } from './server-version';
import { endStaging, isAbandoned } from './staging';

/** Restoring a large table or building an index on it says nothing for long. */
const silenceMs = 6 * 60 * 60_000;

export interface StagedOptions {
	context: BackupContext;
	/** The name the database is to get, for messages. */
	name: string;
	/** pg_restore goes on after an error. */
	allowErrors?: boolean | undefined;
}

/** A new database beside others, under a name that tells by whom it is filled, so that it can be swept. */
export class StagedDatabase {
	private constructor(
		private readonly names: Pick<DatabaseNames, 'staging' | 'token'>,
		private readonly options: StagedOptions,
		readonly programs: PostgresPrograms,
		private readonly upload: DumpFile,
		/** Ends with the signal of the restore. */
		readonly database: Database,
		/** For what must come to its end: the change of names and the clean-up. */
		readonly steady: Database,
	) {}

	/**
	 * Nothing is made yet.
	 * @throws BackupError `target_refused` for a server that is older than the dump; what the server refuses; DockerError
	 */
	static async open(
		server: PostgresPlace,
		artefact: ManifestArtefact,
		names: Pick<DatabaseNames, 'staging' | 'token'>,
		options: StagedOptions,
	): Promise<StagedDatabase> {
		const { context } = options;
		const programs = await openPrograms(server, context);
		const database = new Database(programs, context.signal);
		const [upload, steady] = [programs.dumpFile(artefact.plainBytes), new Database(programs)];
		try {
			await refuseUnfitServer(artefact, programs.place, database);
		} catch (thrown) {
			await programs.close();
			throw thrown;
		}
		return new StagedDatabase(names, options, programs, upload, database, steady);
	}

	/**
	 * Puts the dump to where pg_restore reads it, makes the database and restores into it.
	 * @param details what it is made with; what is missing is left to the server
	 * @param more arguments of pg_restore beside the usual ones, and the numbers of the only entries to restore
	 * @returns errors it went on after, where these are allowed
	 * @throws BackupError `restore_failed`, `target_full`, `target_refused`
	 */
	async restore(
		content: AsyncIterable<Buffer>,
		details: Partial<Record<string, string>>,
		{ args = [], only }: { args?: readonly string[]; only?: readonly number[] } = {},
	): Promise<string[]> {
		const { database, upload, names, options } = this;
		const { signal } = options.context;
		await this.sweep();
		await upload.put(content, signal);
		await database.rows(createStatement(details), { ...withoutMissing(details), name: names.staging });
		const list = only && (await this.putList(only));
		const selection = list ? [`--use-list=${list.path}`] : [];
		const errors = await this.load([...args, ...selection, `--dbname=${names.staging}`, upload.path]).finally(
			() => list?.remove(),
		);
		// Without statistics the restored site would be slow until the server gets round to them.
		await database.rows('analyze', {}, names.staging, silenceMs);
		await upload.remove();
		return errors;
	}

	private async load(args: readonly string[]): Promise<string[]> {
		const { programs, options } = this;
		const { signal } = options.context;
		const program = programs.program(
			'pg_restore',
			[...(options.allowErrors ? [] : ['--exit-on-error']), '--no-password', '--jobs=2', ...args],
			{ applicationName: 'opsdesk restore', silenceMs, signal },
		);
		for await (const chunk of program.output()) void chunk;
		if (program.exitCode === 0) return [];
		const isAllowed = options.allowErrors === true && program.exitCode === 1;
		const ignored = isAllowed ? ignoredErrors(program.said()) : undefined;
		if (ignored) return ignored;
		const place = { database: options.name, place: programs.place };
		throw explainRestore(program.said(), place, program.exitCode ?? -1);
	}

	/** One number on each line, as pg_restore reads it. */
	private async putList(only: readonly number[]): Promise<DumpFile> {
		const bytes = Buffer.from(only.map((id) => `${id}\n`).join(''));
		const file = this.programs.dumpFile(bytes.length);
		await file.put(Readable.from([bytes]), this.options.context.signal).catch(async (thrown: unknown) => {
			await file.remove();
			throw thrown;
		});
		return file;
	}

	/**
	 * Carries out what is said of the database itself; to be called when all else is there, since it may close it to writers.
	 * @returns what the server did not accept, each a sentence
	 */
	async apply({ scripts, leftOut }: DatabaseSettings): Promise<string[]> {
		const { signal } = this.options.context;
		const errors: string[] = [];
		for (const script of scripts) {
			const refusal = await this.applyOne(script).catch((thrown: unknown) => {
				signal?.throwIfAborted();
				return errorMessage(thrown);
			});
			if (refusal !== undefined)
				errors.push(`Not applied to the database: ${shownSetting(script)} (${refusal})`);
		}
		if (leftOut > 0)
			errors.push(`${leftOut} statements on the database itself cannot be read and are left to you.`);
		return errors;
	}

	/** Resolves with what the server has refused of a statement that may hold a secret, without its value. */
	private async applyOne(script: string): Promise<string | undefined> {
		if (mayHoldSecret(script)) {
			const refusal = await runScriptFile(this.programs, script, this.options.context.signal);
			// As in: invalid value for parameter "…": "…"
			return refusal?.replace(/: ".*/, '');
		}
		await this.database.rows(script);
		return undefined;
	}

	/** Drops a database, whoever is in it. */
	async drop(name: string): Promise<void> {
		const [found] = await this.steady.rows(lookUp, { name });
		if (found === undefined) return;
		try {
			await this.steady.rows(endSessions, { name });
			await this.steady.rows(dropDatabase, { name });
		} catch (thrown) {
			// The answer may have been lost after it was gone.
			const [left] = await this.steady.rows(lookUp, { name }).catch(() => ['unknown']);
			if (left !== undefined) throw thrown;
		}
	}

	/** Removes what was made. */
	async discard(): Promise<void> {
		const results = await Promise.allSettled([this.upload.remove(), this.drop(this.names.staging)]);
		endStaging(this.names.token);
		await this.programs.close();
		const failed = results.find((result) => result.status === 'rejected');
		if (failed) throw failed.reason;
	}

	/** To be called when nothing is asked of it any more. Never throws. */
	async close(): Promise<void> {
		await this.programs.close().catch(() => {
			// What it leaves ends by itself or is removed by the next run; the restore is done.
		});
	}

	/** Staging databases of restores that were killed. */
	async abandoned(): Promise<string[]> {
		const query = `select datname from pg_database where datname ~ :'pattern'`;
		const found = await this.database.rows(query, { pattern: stagingPattern });
		return found.filter((name) => isAbandoned(name));
	}

	private async sweep(): Promise<void> {
		for (const name of await this.abandoned()) {
			await this.steady.rows(dropDatabase, { name }).catch(() => {
				// Somebody is in it, or it is another role's; it is tried again the next time.
			});
		}
	}
}

function withoutMissing(details: Partial<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(
		Object.entries(details).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
	);
}
