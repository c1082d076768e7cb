import type { BackupContext } from '../context';
import { DumpChecker } from '../dump/check';
import { openDump } from '../dump/contents-reader';
import { DumpDemands } from '../dump/demands';
import { compareFigures, type KeptFigure } from '../dump/figures-of-dump';
import { TableSelection } from '../dump/table-selection';
import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { placeOf, type PostgresPlace } from '../postgres/open';
import { DatabaseNames, nameOfTables } from './database-names';
import { findNeeds, type Needs } from './database-needs';
import { targetOfDatabase } from './database-place';
import { lookUp } from './database-sql';
import { figuresOfDatabase } from './figures-of-database';
import type { TargetOptions } from './open';
import { StagedDatabase } from './staged-database';
import { endStaging } from './staging';
import type { RestoreTarget, TargetFacts } from './target';

/** Names of the settings a database is made with; its owner and tablespace are those of whoever restores. */
const taken = ['encoding', 'collate', 'ctype', 'localeProvider', 'locale'];

/**
 * Single tables of a database, in a new database beside it: the live one is not touched, since nobody but its users can
 * tell which of its rows are to be kept.
 */
export class TablesTarget implements RestoreTarget {
	readonly label: string;
	readonly needs?: string;
	private readonly server: PostgresPlace;
	private readonly where: string;
	/** Of the database the tables come from. */
	private readonly origin: string;
	/** Of the new one. */
	private readonly name: string;
	private readonly names: DatabaseNames;
	private staged: StagedDatabase | undefined;
	private tables: string[] = [];
	private errors: string[] = [];
	private isMade = false;

	/** `to` is the name of the new database, or `container/name`. */
	constructor(
		private readonly artefact: ManifestArtefact,
		private readonly wanted: readonly string[],
		private readonly options: TargetOptions & { context: BackupContext },
	) {
		const { to, id } = options;
		const { server, database } = targetOfDatabase(artefact, to);
		this.server = server;
		this.origin = artefact.source['database'] ?? '';
		this.name = to === undefined || to.endsWith('/') ? nameOfTables(this.origin, id) : database;
		this.names = new DatabaseNames(this.name, id);
		if (server.type === 'postgres') this.needs = server.container;
		this.where = placeOf(server).where.replaceAll('"', '');
		this.label = `database ${this.name} ${this.where}`;
	}

	async check(): Promise<void> {
		const { context, allowErrors } = this.options;
		const options = { context, allowErrors, name: this.name };
		this.staged = await StagedDatabase.open(this.server, this.artefact, this.names, options);
		await this.refuseExisting();
	}

	async facts(content: () => AsyncIterable<Buffer>): Promise<TargetFacts> {
		const selection = new TableSelection(this.artefact.name, this.wanted);
		const dump = await openDump(content(), selection.see);
		await dump.close();
		const { refusal, notes } = await this.needed(selection, dump.isKnown);
		return {
			replaces: false,
			// The whole dump is needed for it.
			neededBytes: this.artefact.plainBytes,
			notes: [`It would hold ${this.tables.join(', ')}.`, ...notes],
			...(refusal && { refusal }),
		};
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		const staged = this.ready();
		const selection = new TableSelection(this.artefact.name, this.wanted);
		const dump = await openDump(content, selection.see);
		const checker = new DumpChecker();
		try {
			const { refusal } = await this.needed(selection, dump.isKnown);
			if (refusal) throw refusal;
			const { source } = this.artefact;
			const details = Object.fromEntries(taken.map((name) => [name, source[name]]));
			this.errors = await staged.restore(watched(dump.content, checker), details, {
				args: ['--no-owner', '--no-tablespaces'],
				only: selection.end().ids,
			});
		} finally {
			await dump.close();
		}
		checker.end();
		await this.compare(this.artefact.omittedTables === undefined ? this.artefact.tables : undefined, checker);
		return { entries: this.tables.length };
	}

	async swap(): Promise<{ notes: string[]; errors?: string[] }> {
		const { steady } = this.ready();
		await this.refuseExisting();
		await steady.rows('alter database :"staging" rename to :"name"', {
			staging: this.names.staging,
			name: this.name,
		});
		endStaging(this.names.token);
		this.isMade = true;
		if (!this.options.stopContainers) await this.finish();
		return {
			notes: [
				`It holds ${this.tables.join(', ')}; "${this.origin}" is as it was.`,
				...this.tables.map((table) => this.wayOver(table)),
				refusedRows,
			],
			...(this.errors.length > 0 && { errors: this.errors }),
		};
	}

	async takeBack(): Promise<undefined> {
		await this.ready().drop(this.name);
		await this.finish();
		return undefined;
	}

	async finish(): Promise<void> {
		await this.staged?.close();
	}

	async discard(): Promise<void> {
		if (!this.staged) return endStaging(this.names.token);
		if (this.isMade) return await this.finish();
		await this.staged.discard();
	}

	/** How the rows of a table get into the database they come from. */
	private wayOver(table: string): string {
		const { server } = this;
		const inContainer = server.type === 'postgres' ? `docker exec -i ${quote(server.container)} ` : '';
		const at = server.type === 'postgres' ? '' : `-h ${quote(server.host)} -p ${server.port} `;
		const psql = (database: string, copy: string): string =>
			`${inContainer}psql -X ${at}-U ${quote(server.user)} -d ${quote(database)} -c ${quote(copy)}`;
		return `To copy its rows over: ${psql(this.name, `\\copy ${table} to stdout`)} | ${psql(this.origin, `\\copy ${table} from stdin`)}`;
	}

	/** Every row that was saved must be there, as it was. */
	private async compare(manifest: readonly KeptFigure[] | undefined, checker: DumpChecker): Promise<void> {
		const saved = manifest ?? checker.figures();
		const found = await figuresOfDatabase(this.server, this.names.staging, this.options.context);
		if (!saved || !found) {
			this.errors.push(
				'The rows could not be compared with the backup, because the dump does not tell them.',
			);
			return;
		}
		const wanted = saved.filter(({ name }) => this.tables.includes(name));
		const differences = compareFigures(
			wanted,
			found.filter(({ name }) => this.tables.includes(name)),
		);
		if (differences.length === 0) return;
		if (this.options.allowErrors) this.errors.push(...differences);
		else
			throw new BackupError(
				'verification_failed',
				`What was restored is not what was backed up: ${differences.join('; ')}.`,
				'Nothing was kept of it. See the log of the server, and try another restore point.',
			);
	}

	private async needed(selection: TableSelection, isKnown: boolean): Promise<Needs> {
		if (!isKnown) {
			throw new BackupError(
				'target_refused',
				`Single tables of ${this.artefact.name} cannot be found, because the format of its dump is newer than this package.`,
				'Restore the whole database under another name, then copy what you want.',
			);
		}
		const { entries, tables } = selection.end();
		this.tables = tables;
		const demands = new DumpDemands();
		for (const entry of entries) demands.see(entry);
		const { owner: _, tablespace: __, ...source } = this.artefact.source;
		const { allowErrors } = this.options;
		const options = { where: this.where, name: this.name, allowErrors, noTablespaces: true };
		return await findNeeds(demands, { source }, this.ready().database, options);
	}

	private async refuseExisting(): Promise<void> {
		const [found] = await this.ready().steady.rows(lookUp, { name: this.name });
		if (found === undefined) return;
		throw new BackupError(
			'target_not_empty',
			`The ${this.label} is there already, and tables are restored into a new one only.`,
			'Drop it when you have what you want of it, or give the tables another target.',
		);
	}

	private ready(): StagedDatabase {
		if (!this.staged) throw new Error('check() comes first.');
		return this.staged;
	}
}

const refusedRows =
	'Rows that are there already keep the whole copy from being made: remove them first, or copy "(select … where …)" in place of the table.';

const quote = (text: string): string =>
	/^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

async function* watched(
	content: AsyncIterable<Buffer>,
	checker: DumpChecker,
): AsyncGenerator<Buffer, void, undefined> {
	for await (const chunk of content) {
		checker.push(chunk);
		yield chunk;
	}
}
