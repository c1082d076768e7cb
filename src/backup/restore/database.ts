import type { BackupContext } from '../context';
import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { createStatement, Database } from '../postgres/database';
import { explainRestore } from '../postgres/failures';
import { openPrograms, placeOf, type PostgresPlace } from '../postgres/open';
import type { DumpFile, PostgresPrograms } from '../postgres/programs';
import { DatabaseNames, isStagingOf, stagingPattern } from './database-names';
import { countContent, countSessions, endSessions, letIn, lookUp, swapNames } from './database-sql';
import { targetOfDatabase } from './database-place';
import type { TargetOptions } from './open';
import { refuseOlderServer } from './server-version';
import { endStaging, isAbandoned } from './staging';
import type { RestoreTarget, TargetFacts } from './target';

/** Restoring a large table or building an index on it says nothing for long. */
const silenceMs = 6 * 60 * 60_000;

interface Opened {
	programs: PostgresPrograms;
	/** Ends with the signal of the restore. */
	database: Database;
	/** For what must come to its end: the change of names and the clean-up. */
	steady: Database;
	upload: DumpFile;
}

/**
 * A database in a container or on a server. The dump goes into a new database beside it, and only when all of it is
 * there do the two change names, in one transaction.
 */
export class DatabaseTarget implements RestoreTarget {
	readonly label: string;
	readonly needs?: string;
	private readonly server: PostgresPlace;
	private readonly where: string;
	private readonly name: string;
	private readonly names: DatabaseNames;
	private opened: Opened | undefined;
	private hasKept = false;

	/** `to` is a name, or `container/name`; a name that has a slash in it needs the container before it. */
	constructor(
		private readonly artefact: ManifestArtefact,
		private readonly options: TargetOptions & { context: BackupContext },
	) {
		const { server, database } = targetOfDatabase(artefact, options.to);
		this.server = server;
		this.name = database;
		this.names = new DatabaseNames(this.name, options.id);
		if (server.type === 'postgres') this.needs = server.container;
		this.where = placeOf(server).where.replaceAll('"', '');
		this.label = `database ${this.name} ${this.where}`;
	}

	async check(): Promise<void> {
		const { context } = this.options;
		const programs = await openPrograms(this.server, context);
		this.opened = {
			programs,
			database: new Database(programs, context.signal),
			steady: new Database(programs),
			upload: programs.dumpFile(this.artefact.plainBytes),
		};
		await refuseOlderServer(this.artefact, programs.place, this.opened.database);
		await this.refuseContent(this.opened.database);
	}

	async facts(): Promise<TargetFacts> {
		const { database } = this.ready();
		const [letsIn] = await database.rows(lookUp, { name: this.name });
		if (letsIn === undefined) return { replaces: false, neededBytes: this.artefact.plainBytes };
		const [sessions] = await database.rows(countSessions, { name: this.name });
		return {
			...(letsIn === 't' && { replaces: (await this.countContent(database, this.name)) > 0 }),
			endsSessions: Number(sessions),
			neededBytes: this.artefact.plainBytes,
		};
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		const { programs, database, steady, upload } = this.ready();
		const { signal } = this.options.context;
		await this.sweep(steady);
		await upload.put(content, signal);
		const values = { ...this.artefact.source, name: this.names.staging };
		await database.rows(createStatement(this.artefact.source), values);
		const program = programs.program(
			'pg_restore',
			['--exit-on-error', '--no-password', '--jobs=2', `--dbname=${this.names.staging}`, upload.path],
			{ applicationName: 'opsdesk restore', silenceMs, signal },
		);
		for await (const chunk of program.output()) void chunk;
		if (program.exitCode !== 0) {
			const names = { database: this.name, place: programs.place };
			throw explainRestore(program.said(), names, program.exitCode ?? -1);
		}
		// Without statistics the restored site would be slow until the server gets round to them.
		await database.rows('analyze', {}, this.names.staging, silenceMs);
		await upload.remove();
		return this.artefact.entries === undefined ? {} : { entries: this.artefact.entries };
	}

	async swap(): Promise<{ previous?: string }> {
		const { steady } = this.ready();
		const result = await this.changeNames(steady);
		if (!this.options.stopContainers) await this.finish();
		return result;
	}

	async takeBack(): Promise<void> {
		const { steady } = this.ready();
		const { staging, before } = this.names;
		const restored = this.hasKept ? staging : this.name;
		// The way back is the same change the other way round.
		const names = { name: this.name, staging: before, before: staging };
		if (this.hasKept) await steady.runOrElse(swapNames, letIn, names);
		await steady.rows(endSessions, { name: restored });
		await steady.rows(`drop database :"name"`, { name: restored });
		await this.finish();
	}

	async finish(): Promise<void> {
		await this.opened?.programs.close().catch(() => {
			// What it leaves ends by itself or is removed by the next run; the restore is done.
		});
	}

	private async changeNames(steady: Database): Promise<{ previous?: string }> {
		const { staging, before, token } = this.names;
		const names = { name: this.name, staging, before };
		// It may have come into being or been filled while the dump was restored.
		if (!(await this.refuseContent(steady))) {
			await steady.rows(`alter database :"staging" rename to :"name"`, names);
			endStaging(token);
			return {};
		}
		await steady.runOrElse(swapNames, letIn, names);
		endStaging(token);
		this.hasKept = true;
		if (this.options.stopContainers) return { previous: `database ${before}` };
		// Counted only now that nobody can put anything more into it under its old name.
		try {
			if ((await this.countContent(steady, before)) === 0) {
				await steady.rows(`drop database :"before"`, names);
				return {};
			}
		} catch {
			// Whether it is empty is unknown, or somebody looks into it; then it stays.
		}
		return { previous: `database ${before}` };
	}

	async discard(): Promise<void> {
		if (!this.opened) return endStaging(this.names.token);
		const { programs, steady, upload } = this.opened;
		const name = { name: this.names.staging };
		const results = await Promise.allSettled([
			upload.remove(),
			(async () => {
				const [found] = await steady.rows(lookUp, name);
				if (found === undefined) return;
				await steady.rows(endSessions, name);
				await steady.rows(`drop database if exists :"name"`, name);
			})(),
		]);
		endStaging(this.names.token);
		await programs.close();
		const failed = results.find((result) => result.status === 'rejected');
		if (failed) throw failed.reason;
	}

	private ready(): Opened {
		if (!this.opened) throw new Error('check() comes first.');
		return this.opened;
	}

	/**
	 * Resolves with whether there is such a database.
	 * @throws BackupError `target_not_empty`, `target_in_use` without consent
	 */
	private async refuseContent(database: Database): Promise<boolean> {
		const [letsIn] = await database.rows(lookUp, { name: this.name });
		if (letsIn === undefined) return false;
		if (letsIn === 'f') await this.letIn(database);
		if (this.options.overwrite) return true;
		if ((await this.countContent(database, this.name)) > 0) {
			throw new BackupError(
				'target_not_empty',
				`The ${this.label} is not empty.`,
				'Allow to overwrite it (the database that is there is kept under another name), or restore to another name.',
			);
		}
		const [sessions] = await database.rows(countSessions, { name: this.name });
		if (sessions === '0') return true;
		throw new BackupError(
			'target_in_use',
			`The ${this.label} has ${sessions} open connections.`,
			'Stop what uses it, or allow to overwrite, which ends these connections.',
		);
	}

	/** A server that stopped in the middle of a change of names has left it closed. */
	private async letIn(database: Database): Promise<void> {
		const left = await this.abandoned(database);
		if (!left.some((found) => isStagingOf(found, this.name))) {
			throw new BackupError(
				'target_refused',
				`The ${this.label} lets nobody in (its ALLOW_CONNECTIONS is off).`,
				`Find out who closed it; then run: alter database "${this.name.replaceAll('"', '""')}" with allow_connections true`,
			);
		}
		if (!this.options.dryRun) await database.rows(letIn, { name: this.name });
	}

	private async countContent(database: Database, name: string): Promise<number> {
		const [found] = await database.rows(countContent, {}, name);
		return Number(found);
	}

	/** Staging databases of restores that were killed. */
	private async abandoned(database: Database): Promise<string[]> {
		const query = `select datname from pg_database where datname ~ :'pattern'`;
		const found = await database.rows(query, { pattern: stagingPattern });
		return found.filter((name) => isAbandoned(name));
	}

	private async sweep(steady: Database): Promise<void> {
		for (const name of await this.abandoned(steady)) {
			await steady.rows(`drop database if exists :"name"`, { name }).catch(() => {
				// Somebody is in it, or it is another role's; it is tried again the next time.
			});
		}
	}
}
