import { z } from 'zod';

import type { BackupContext } from '../context';
import { Database } from '../postgres/database';
import { openPrograms, placeOf, type PostgresPlace } from '../postgres/open';
import type { PostgresPrograms } from '../postgres/programs';
import { isBeforeOf, isStagingOf, readMark } from '../restore/database-names';
import { countContent, dropDatabase, lookUp } from '../restore/database-sql';
import { obstacles, type FoundCopy, type KeptPlace } from './kept-place';

const found = z.object({ name: z.string(), comment: z.string().nullable() });

const listSql = `select json_build_object('name', datname, 'comment', shobj_description(oid, 'pg_database'))
 from pg_database order by datname`;

/** The databases that restores have kept of one. */
export class KeptDatabases implements KeptPlace {
	readonly label: string;
	private opened: { programs: PostgresPrograms; database: Database; steady: Database } | undefined;

	constructor(
		private readonly server: PostgresPlace,
		private readonly name: string,
		private readonly context: BackupContext,
	) {
		this.label = `database ${name} ${placeOf(server).where.replaceAll('"', '')}`;
	}

	async find(): Promise<FoundCopy[]> {
		const { database } = await this.open();
		const all = (await database.rows(listSql)).map((line) => found.parse(JSON.parse(line)));
		const kept = all.filter(({ name }) => isBeforeOf(name, this.name));
		if (kept.length === 0) return [];
		const obstacle = await this.obstacle(
			database,
			all.map(({ name }) => name),
		);
		const copies: FoundCopy[] = [];
		for (const { name, comment } of kept) {
			const mark = readMark(comment ?? '', this.name);
			const sizeBytes = await this.size(database, name);
			const reason = mark ? obstacle : obstacles.unknownAge;
			copies.push({
				name,
				...mark,
				...(sizeBytes !== undefined && { sizeBytes }),
				...(reason !== undefined && { obstacle: reason }),
			});
		}
		return copies;
	}

	/** One that somebody is connected to stays, which PostgreSQL sees to. */
	async remove({ name }: FoundCopy): Promise<void> {
		const { steady } = await this.open();
		await steady.rows(dropDatabase, { name });
	}

	async close(): Promise<void> {
		await this.opened?.programs.close();
	}

	private async open(): Promise<NonNullable<typeof this.opened>> {
		if (this.opened) return this.opened;
		const programs = await openPrograms(this.server, this.context);
		const database = new Database(programs, this.context.signal);
		this.opened = { programs, database, steady: new Database(programs) };
		return this.opened;
	}

	private async obstacle(database: Database, all: string[]): Promise<string | undefined> {
		const { name } = this;
		const [letsIn] = await database.rows(lookUp, { name });
		const isThere = letsIn === 't' && Number((await database.rows(countContent, {}, name))[0]) > 0;
		if (!isThere) return obstacles.nothingThere(this.label);
		const staging = all.find((other) => isStagingOf(other, name));
		return staging === undefined ? undefined : obstacles.interrupted(`database ${staging}`);
	}

	private async size(database: Database, name: string): Promise<number | undefined> {
		// A role without rights on it is not told.
		const rows = await database.rows(`select pg_database_size(:'name')`, { name }).catch(() => []);
		return rows[0] === undefined ? undefined : Number(rows[0]);
	}
}
