import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import type { Database } from '../postgres/database';
import { replicaRefused } from '../postgres/failures';
import type { ServerPlace } from '../postgres/programs';

/**
 * A server restores dumps of older ones; a newer one may hold what it does not know. And one that can only be read restores
 * none.
 * @throws BackupError `target_refused`
 */
export async function refuseUnfitServer(
	{ source }: Pick<ManifestArtefact, 'source'>,
	{ where }: ServerPlace,
	database: Database,
): Promise<void> {
	const [running = '', isReplica] = await database.rows('show server_version; select pg_is_in_recovery()');
	const { serverVersion = '' } = source;
	if (isReplica === 't') throw replicaRefused(where);
	if (major(serverVersion) <= major(running)) return;
	throw new BackupError(
		'target_refused',
		`The dump is of PostgreSQL ${serverVersion}, and the server ${where.replaceAll('"', '')} is ${running}.`,
		'Restore into a server of the same version or a newer one.',
	);
}

function major(version: string): number {
	return Number.parseInt(version, 10) || 0;
}
