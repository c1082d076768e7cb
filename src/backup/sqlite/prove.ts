import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { explainFault, workOnSqlite } from './in-thread';

/**
 * Proves a database that was restored: the whole of its structure, and the rows that were counted when it was backed
 * up.
 * @param file nobody else uses it
 * @param what e.g. `restored database /srv/app/app.db`
 * @throws BackupError
 */
export async function proveDatabase(
	file: string,
	artefact: ManifestArtefact,
	what: string,
	signal?: AbortSignal,
): Promise<void> {
	const { tables } = await workOnSqlite({ file, patienceMs: 0 }, signal).catch((thrown: unknown) => {
		throw explainFault(thrown, what);
	});
	const rowsOf = new Map(tables.map(({ name, rows }) => [name, rows]));
	for (const { name, rows } of artefact.tables ?? []) {
		const found = rowsOf.get(name);
		// A table this machine cannot count is no proof of anything.
		if (found === undefined || found === rows) continue;
		throw new BackupError(
			'verification_failed',
			`The ${what} has ${found} rows in the table "${name}" instead of ${rows}.`,
			'Use another restore point.',
		);
	}
}
