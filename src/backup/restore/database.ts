import type { BackupContext } from '../context';
import { openDump } from '../dump/contents-reader';
import { DumpDemands } from '../dump/demands';
import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import type { Database } from '../postgres/database';
import { placeOf, type PostgresPlace } from '../postgres/open';
import { DatabaseNames, isStagingOf, keptMark } from './database-names';
import { findNeeds, unknownFormat, type Needs } from './database-needs';
import { targetOfDatabase } from './database-place';
import { settingsFor } from './database-settings';
import { countContent, countSessions, letIn, lookUp, unmark } from './database-sql';
import { removeRestored } from './left-behind';
import { changeNames } from './name-change';
import type { TargetOptions } from './open';
import { StagedDatabase } from './staged-database';
import { endStaging } from './staging';
import type { RestoreTarget, TargetFacts } from './target';

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
	private staged: StagedDatabase | undefined;
	private hasKept = false;
	/** Whether the change of names may still take place without us. */
	private isUnknown = false;
	private notes: string[] = [];
	private errors: string[] = [];
	/** By which the database that was there is known as one that was kept. */
	private mark = '';

	/** `to` is a name, or `container/name`; a name that has a slash in it needs the container before it. */
	constructor(
		private readonly artefact: ManifestArtefact,
		private readonly options: TargetOptions & { context: BackupContext; noTablespaces?: boolean },
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
		const { context, allowErrors } = this.options;
		const options = { context, allowErrors, name: this.name };
		this.staged = await StagedDatabase.open(this.server, this.artefact, this.names, options);
		await this.refuseContent(this.staged.database);
	}

	async facts(content: () => AsyncIterable<Buffer>): Promise<TargetFacts> {
		const { database } = this.ready();
		const [letsIn] = await database.rows(lookUp, { name: this.name });
		const demands = new DumpDemands();
		const dump = await openDump(content(), demands.see);
		await dump.close();
		const { refusal, notes } = await this.needed(demands, dump.isKnown);
		const common = { neededBytes: this.artefact.plainBytes, notes, ...(refusal && { refusal }) };
		if (letsIn === undefined) return { replaces: false, ...common };
		const [sessions] = await database.rows(countSessions, { name: this.name });
		return {
			...(letsIn === 't' && { replaces: (await this.countContent(database, this.name)) > 0 }),
			endsSessions: Number(sessions),
			...common,
		};
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		const staged = this.ready();
		const { artefact, names } = this;
		const demands = new DumpDemands();
		const dump = await openDump(content, demands.see);
		try {
			const { refusal, notes, missing } = await this.needed(demands, dump.isKnown);
			if (refusal) throw refusal;
			this.notes = notes;
			const { owner = '', tablespace = '', ...others } = artefact.source;
			const noTablespaces = this.options.noTablespaces || missing.tablespaces.length > 0;
			const details = {
				...others,
				...(!missing.roles.includes(owner) && { owner }),
				...(!noTablespaces && { tablespace }),
			};
			const args = noTablespaces ? ['--no-tablespaces'] : [];
			const errors = await staged.restore(dump.content, details, { args });
			const settings = settingsFor(names.staging, demands.ofDatabase);
			this.errors = [...errors, ...(await staged.apply(settings))];
		} finally {
			await dump.close();
		}
		return artefact.entries === undefined ? {} : { entries: artefact.entries };
	}

	async swap(): Promise<{ previous?: string; notes?: string[]; errors?: string[] }> {
		const { steady } = this.ready();
		const result = await this.changeNames(steady);
		if (!this.options.stopContainers) await this.finish();
		const { notes, errors } = this;
		return { ...result, ...(notes.length > 0 && { notes }), ...(errors.length > 0 && { errors }) };
	}

	async takeBack(): Promise<string | undefined> {
		const staged = this.ready();
		const { staging, before } = this.names;
		if (!this.hasKept) {
			await staged.drop(this.name);
			await this.finish();
			return undefined;
		}
		// The way back is the same change the other way round; what waits for its name now is all there was before.
		const names = { name: this.name, staging: before, before: staging, mark: this.mark };
		await changeNames(staged, names, { isThere: true, label: this.label, isWayBack: true });
		await staged.steady.rows(unmark, names).catch(() => {
			// It goes with the next change of names; under its own name nobody takes it for one that is kept.
		});
		const left = await removeRestored(`database ${staging}`, () => staged.drop(staging));
		await this.finish();
		return left;
	}

	async finish(): Promise<void> {
		await this.staged?.close();
	}

	private async changeNames(steady: Database): Promise<{ previous?: string }> {
		const { staging, before, token } = this.names;
		this.mark = keptMark(this.name, this.options.id, (this.options.context.now ?? (() => new Date()))());
		const names = { name: this.name, staging, before, mark: this.mark };
		// It may have come into being or been filled while the dump was restored.
		const isThere = await this.refuseContent(steady);
		await changeNames(this.ready(), names, { isThere, label: this.label }).catch((thrown: unknown) => {
			this.isUnknown = thrown instanceof BackupError && thrown.code === 'target_swap_failed';
			throw thrown;
		});
		endStaging(token);
		if (!isThere) return {};
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
		if (this.staged && !this.isUnknown) return await this.staged.discard();
		// A change that may go on keeps what it works with.
		await this.staged?.close();
		endStaging(this.names.token);
	}

	private needed(demands: DumpDemands, isKnown: boolean): Promise<Needs> {
		const { where, name, options } = this;
		if (!isKnown) return Promise.resolve(unknownFormat);
		const { promised, ...others } = options;
		return findNeeds(demands, this.artefact, this.ready().database, {
			...others,
			where,
			name,
			promised: promised?.get(where),
		});
	}

	private ready(): StagedDatabase {
		if (!this.staged) throw new Error('check() comes first.');
		return this.staged;
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
		const left = await this.ready().abandoned();
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
}
