import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { ContainerPrograms } from '../../docker';
import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { createStatement, Database } from '../postgres/database';
import { explainRestore } from '../postgres/failures';
import { tarOfFile } from '../tar/single-file';
import type { RestoreTarget } from './target';
import type { EngineTargetOptions } from './tree';

/** Restoring a large table or building an index on it says nothing for long. */
const silenceMs = 6 * 60 * 60_000;
/** PostgreSQL cuts longer names without a word. */
const maxNameBytes = 63;

const countTables = `select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and c.relkind in ('r','p','v','m','S','f')`;
const countSessions = `select count(*) from pg_stat_activity where datname = :'name' and pid <> pg_backend_pid()`;

/**
 * A database in a container. The dump goes into a new database beside it, and only when all of it is there do the
 * two change names, in one transaction.
 */
export class DatabaseTarget implements RestoreTarget {
	readonly label: string;
	private readonly container: string;
	private readonly name: string;
	private readonly user: string;
	private readonly staging: string;
	private readonly before: string;
	private readonly folder = `/tmp/opsdesk-restore-${randomBytes(8).toString('hex')}`;
	private programs: ContainerPrograms | undefined;
	private database: Database | undefined;
	/** What is there now: nothing, a database without tables, or one with. */
	private present: 'missing' | 'empty' | 'used' = 'missing';

	/** `to` is a name, or `container/name`. */
	constructor(
		private readonly artefact: ManifestArtefact,
		private readonly options: EngineTargetOptions,
	) {
		const { container = '', database = '', user = 'postgres' } = artefact.source;
		const [first = '', second] = options.to?.split('/') ?? [];
		this.container = second === undefined ? container : first;
		this.name = second ?? (first || database);
		this.user = user;
		const suffix = options.id.slice(-6);
		this.staging = `${cutName(this.name)}_restore_${suffix}`;
		this.before = `${cutName(this.name)}_before_${suffix}`;
		this.label = `database ${this.name} in the container ${this.container}`;
	}

	async check(): Promise<void> {
		const { connection, signal, overwrite } = this.options;
		this.programs = await ContainerPrograms.of(connection, this.container, signal);
		this.database = new Database(this.programs, { user: this.user, signal });
		await this.checkVersion();
		const [found] = await this.database.rows(`select 1 from pg_database where datname = :'name'`, {
			name: this.name,
		});
		if (found === undefined) return;
		const [tables] = await this.database.rows(countTables, {}, this.name);
		this.present = tables === '0' ? 'empty' : 'used';
		if (overwrite) return;
		if (this.present === 'used') {
			throw new BackupError(
				'target_not_empty',
				`The ${this.label} holds tables.`,
				'Allow to overwrite it (the database that is there is kept under another name), or restore to another name.',
			);
		}
		const [sessions] = await this.database.rows(countSessions, { name: this.name });
		if (sessions === '0') return;
		throw new BackupError(
			'target_in_use',
			`The ${this.label} has ${sessions} open connections.`,
			'Stop what uses it, or allow to overwrite, which ends these connections.',
		);
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		const { programs, database } = this.ready();
		await this.upload(programs, content);
		const values = { ...this.artefact.source, name: this.staging };
		await database.rows(`drop database if exists :"name"`, { name: this.staging });
		await database.rows(createStatement(this.artefact.source), values);
		const result = await programs.run(
			[
				...['pg_restore', '--exit-on-error', '--no-password', '--jobs=2'],
				...[`--username=${this.user}`, `--dbname=${this.staging}`, `${this.folder}/dump`],
			],
			{ env: ['LC_ALL=C', 'PGAPPNAME=opsdesk restore'], silenceMs, signal: this.options.signal },
		);
		if (result.exitCode !== 0) {
			throw explainRestore(
				result.stderr,
				{ database: this.name, container: this.container },
				result.exitCode,
			);
		}
		// Without statistics the restored site would be slow until the server gets round to them.
		await database.rows('analyze', {}, this.staging, silenceMs);
		await this.removeUpload(programs);
		return this.artefact.entries === undefined ? {} : { entries: this.artefact.entries };
	}

	async swap(): Promise<{ previous?: string }> {
		const { database } = this.ready();
		const names = { name: this.name, staging: this.staging, before: this.before };
		if (this.present === 'missing') {
			await database.rows(`alter database :"staging" rename to :"name"`, names);
			return {};
		}
		await database.rows(`drop database if exists :"before"`, names).catch(() => {
			// Somebody looks at what an earlier restore has kept; then the change of names below says so.
		});
		try {
			await this.endSessions(database);
			await database.rows(
				`begin; alter database :"name" rename to :"before"; alter database :"staging" rename to :"name";
				 alter database :"before" with allow_connections true; commit`,
				names,
			);
		} catch (thrown) {
			await database.rows(`alter database :"name" with allow_connections true`, names);
			throw thrown;
		}
		if (this.present === 'used') return { previous: `database ${this.before}` };
		await database.rows(`drop database :"before"`, names);
		return {};
	}

	async discard(): Promise<void> {
		if (!this.programs || !this.database) return;
		await this.removeUpload(this.programs);
		await this.database.rows(`drop database if exists :"name"`, { name: this.staging });
	}

	private ready(): { programs: ContainerPrograms; database: Database } {
		const { programs, database } = this;
		if (!programs || !database) throw new Error('check() comes first.');
		return { programs, database };
	}

	/** A server restores dumps of older ones; a newer one may hold what it does not know. */
	private async checkVersion(): Promise<void> {
		const [running = ''] = await this.ready().database.rows('show server_version');
		const { serverVersion = '' } = this.artefact.source;
		if (major(serverVersion) <= major(running)) return;
		throw new BackupError(
			'target_refused',
			`The dump is of PostgreSQL ${serverVersion}, and the container ${this.container} runs ${running}.`,
			'Restore into a server of the same version or a newer one.',
		);
	}

	/** The dump as a file in the container: there is no way to its input that every proxy passes on. */
	private async upload(programs: ContainerPrograms, content: AsyncIterable<Buffer>): Promise<void> {
		const { plainBytes } = this.artefact;
		const made = await programs.run([
			...['sh', '-c', 'umask 077; mkdir -- "$1" && df -Pk "$1" | tail -n 1 && id -u && id -g', 'sh'],
			this.folder,
		]);
		const [space = '', uid, gid] = made.stdout.toString('utf8').trim().split('\n');
		if (made.exitCode !== 0) throw this.noRoom(made.stderr);
		const freeBytes = Number(space.trim().split(/\s+/)[3]) * 1024;
		if (freeBytes < plainBytes) {
			throw new BackupError(
				'target_full',
				`The container ${this.container} has ${freeBytes} bytes free in /tmp, and the dump needs ${plainBytes}.`,
				'Free space where the container engine keeps its data, then run the restore again.',
			);
		}
		const file = { name: 'dump', sizeBytes: plainBytes, uid: Number(uid), gid: Number(gid) };
		const archive = Readable.from(tarOfFile(file, content), { objectMode: false });
		await programs.upload(this.folder, archive, this.options.signal);
		const arrived = await programs.run(['sh', '-c', 'wc -c < "$1"', 'sh', `${this.folder}/dump`]);
		if (Number(arrived.stdout.toString('utf8').trim()) !== plainBytes) {
			throw this.noRoom('it is not seen there; probably /tmp is a file system of its own (tmpfs)');
		}
	}

	private noRoom(reason: string): BackupError {
		return new BackupError(
			'target_refused',
			`The dump cannot be put into /tmp of the container ${this.container}: ${reason}.`,
			'Restore by hand with the commands in the manifest, or give the container a writable /tmp of its own.',
		);
	}

	private async removeUpload(programs: ContainerPrograms): Promise<void> {
		await programs.run(['rm', '-rf', '--', this.folder]);
	}

	private async endSessions(database: Database): Promise<void> {
		const names = { name: this.name };
		await database.rows(`alter database :"name" with allow_connections false`, names);
		await database.rows(
			`select pg_terminate_backend(pid) from pg_stat_activity where datname = :'name' and pid <> pg_backend_pid()`,
			names,
		);
		for (let attempt = 0; attempt < 50; attempt += 1) {
			const [sessions] = await database.rows(countSessions, names);
			if (sessions === '0') return;
			await sleep(100);
		}
	}
}

function major(version: string): number {
	return Number.parseInt(version, 10) || 0;
}

/** Leaves room for what is put behind it, and cuts no character in two. */
function cutName(name: string): string {
	let cut = name;
	while (Buffer.byteLength(cut) > maxNameBytes - '_restore_123456'.length)
		cut = [...cut].slice(0, -1).join('');
	return cut;
}
