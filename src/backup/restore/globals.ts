import type { BackupContext } from '../context';
import { BackupError } from '../errors';
import { ClusterDumpReader, type ClusterDump } from '../globals/cluster-dump';
import { missingGlobals, type MissingGlobals } from '../globals/missing';
import type { ManifestArtefact } from '../manifest';
import { Database } from '../postgres/database';
import { openPrograms, placeOf, type PostgresPlace } from '../postgres/open';
import type { PostgresPrograms } from '../postgres/programs';
import { serverOf } from './database-place';
import type { TargetOptions } from './open';
import { runScriptFile } from './script-file';
import { refuseUnfitServer } from './server-version';
import type { RestoreTarget, TargetFacts } from './target';

const passwordHash = /SCRAM-SHA-256\$[^\s'"]*|md5[0-9a-f]{32}/g;

/**
 * The roles and tablespaces of a server. Those that are missing are made before the databases of the same restore,
 * which need them; what is there already is not touched.
 */
export class GlobalsTarget implements RestoreTarget {
	readonly label: string;
	readonly needs?: string;
	private readonly server: PostgresPlace;
	private readonly where: string;
	private opened: { programs: PostgresPrograms; database: Database; steady: Database } | undefined;
	private made: Pick<MissingGlobals, 'roles' | 'parameterRights'> = { roles: [], parameterRights: [] };
	private readonly madeTablespaces: string[] = [];
	private notes: string[] = [];

	/** `to` is the name of another container; with `rolesOnly` no tablespaces are made. */
	constructor(
		private readonly artefact: ManifestArtefact,
		private readonly options: TargetOptions & { context: BackupContext; rolesOnly?: boolean },
	) {
		this.server = serverOf(artefact, options.to);
		if (this.server.type === 'postgres') this.needs = this.server.container;
		this.where = placeOf(this.server).where.replaceAll('"', '');
		this.label = `roles and tablespaces ${this.where} (${artefact.name})`;
	}

	async check(): Promise<void> {
		const { context } = this.options;
		const programs = await openPrograms(this.server, context);
		const database = new Database(programs, context.signal);
		this.opened = { programs, database, steady: new Database(programs) };
		await refuseUnfitServer(this.artefact, programs.place, database);
	}

	async facts(content: () => AsyncIterable<Buffer>): Promise<TargetFacts> {
		const missing = await this.missing(await read(content()));
		const { promised } = this.options;
		promised?.set(this.where, new Set([...(promised.get(this.where) ?? []), ...missing.roles]));
		const names = namesOf(missing);
		const notes = [
			names.length > 0
				? `It would make: ${names.join(', ')}.`
				: 'All of its roles and tablespaces are there already.',
			...this.hintsFor(missing),
		];
		return { replaces: false, notes };
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		const { steady } = this.ready();
		const missing = await this.missing(await read(content));
		if (missing.roles.length > 0) {
			await this.run([preamble, 'begin', ...missing.script, 'commit'].join(';\n') + ';\n');
			this.made = missing;
		}
		for (const { name, statements } of this.options.rolesOnly ? [] : missing.tablespaces) {
			// Nothing that makes a tablespace may be part of a transaction.
			for (const [index, statement] of statements.entries()) {
				await steady.rows(`${preamble};\n${statement}`);
				if (index === 0) this.madeTablespaces.push(name);
			}
		}
		const names = namesOf(missing);
		this.notes = [
			names.length > 0
				? `Made: ${names.join(', ')}.`
				: 'All of its roles and tablespaces were there already.',
			...this.hintsFor(missing),
		];
		return { entries: names.length };
	}

	async swap(): Promise<{ notes: string[] }> {
		if (!this.options.stopContainers) await this.finish();
		return { notes: this.notes };
	}

	/**
	 * Removes the roles and tablespaces that were missing before. PostgreSQL itself refuses that for one that something
	 * has come to depend on meanwhile; it stays then, and does no harm.
	 */
	async takeBack(): Promise<undefined> {
		await this.discard();
		return undefined;
	}

	async finish(): Promise<void> {
		await this.opened?.programs.close().catch(() => {
			// What it leaves ends by itself or is removed by the next run; the restore is done.
		});
	}

	/** Takes back what it has made: nothing can depend on it yet but what the same restore has discarded. */
	async discard(): Promise<void> {
		if (!this.opened) return;
		const { programs, steady } = this.opened;
		const { roles, parameterRights } = this.made;
		const steps = [
			...this.madeTablespaces.map((name) => () => steady.rows('drop tablespace if exists :"name"', { name })),
			...parameterRights.map(
				({ parameter, to }) =>
					() =>
						steady.rows('revoke all on parameter :"parameter" from :"to"', { parameter, to }),
			),
			...roles.map((name) => () => steady.rows('drop role if exists :"name"', { name })),
		];
		const results: PromiseSettledResult<unknown>[] = [];
		for (const step of steps) results.push(...(await Promise.allSettled([step()])));
		await programs.close();
		const failed = results.find((result) => result.status === 'rejected');
		if (failed) throw failed.reason;
	}

	private hintsFor({ roles, leftOut }: MissingGlobals): string[] {
		const lackPasswords = this.artefact.source['rolePasswords'] !== 'kept' && roles.length > 0;
		return [
			...(lackPasswords ? ['The passwords of these roles are not in the backup; set them.'] : []),
			...(leftOut > 0
				? [`${leftOut} statements on roles that are there, or of a kind that is not known, are left to you.`]
				: []),
		];
	}

	private async missing(dump: ClusterDump): Promise<MissingGlobals> {
		const { database } = this.ready();
		const names = async (sql: string): Promise<string[]> =>
			JSON.parse((await database.rows(sql))[0] ?? '[]') as string[];
		return missingGlobals(dump, {
			roles: await names('select to_json(array_agg(rolname::text)) from pg_roles'),
			tablespaces: await names('select to_json(array_agg(spcname::text)) from pg_tablespace'),
		});
	}

	/** It is one transaction and short. */
	private async run(script: string): Promise<void> {
		const refusal = await runScriptFile(this.ready().programs, script, this.options.context.signal);
		if (refusal !== undefined) throw this.refused(refusal);
	}

	private refused(refusal: string): BackupError {
		const told = refusal.replace(passwordHash, '…');
		return new BackupError(
			'restore_failed',
			`The missing roles could not be made; PostgreSQL ${this.ready().programs.place.where} says: ${told}`,
			'Nothing was changed. Use a superuser as "user" in the site definition, or restore the databases alone and make the roles by hand.',
		);
	}

	private ready(): NonNullable<typeof this.opened> {
		if (!this.opened) throw new Error('check() comes first.');
		return this.opened;
	}
}

/** As pg_dumpall sets it for its own statements. */
const preamble = `set client_encoding = 'UTF8';\nset standard_conforming_strings = on`;

function namesOf({ roles, tablespaces }: MissingGlobals): string[] {
	return [...roles.map((name) => `role "${name}"`), ...tablespaces.map(({ name }) => `tablespace "${name}"`)];
}

async function read(content: AsyncIterable<Buffer>): Promise<ClusterDump> {
	const reader = new ClusterDumpReader();
	for await (const chunk of content) reader.push(chunk);
	return reader.end();
}
