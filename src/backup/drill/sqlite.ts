import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';

import { SqliteTarget } from '../restore/sqlite';
import { askSqlite } from '../sqlite/ask';
import { askChecks } from './checks';
import { queryLimitMs, restore, type DrillTask, type Proof } from './trees';

/** Restores a SQLite database into a folder of the drill: it must be sound, and byte for byte what was backed up. */
export async function drillSqlite({
	artefact,
	content,
	id,
	site,
	workshop,
	context,
	checks,
}: DrillTask): Promise<Proof> {
	const path = join(await workshop.folder(), 'database');
	const target = new SqliteTarget(path, artefact, { id, site, overwrite: false }, context.signal);
	const saved = createHash('sha256');
	async function* watched(): AsyncGenerator<Buffer, void, undefined> {
		for await (const chunk of content) {
			saved.update(chunk);
			yield chunk;
		}
	}
	const { restoreMs } = await restore(target, watched());
	const found = createHash('sha256');
	for await (const chunk of createReadStream(path)) found.update(chunk as Buffer);
	const isSame = saved.digest('hex') === found.digest('hex');
	const { signal } = context;
	// Only now: to be asked, a database may have to be worked on.
	const results = await askChecks(checks, (query) =>
		askSqlite(path, query, { limitMs: queryLimitMs, signal }),
	);
	const { tables = [] } = artefact;
	return {
		target: 'a temporary folder',
		restoreMs,
		...(tables.length > 0 && {
			tables: tables.length,
			rows: tables.reduce((sum, { rows }) => sum + rows, 0),
		}),
		differences: isSame ? [] : ['the database has other content'],
		unproved: [],
		notes: [],
		checks: results,
	};
}
