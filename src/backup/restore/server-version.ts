import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import type { Database } from '../postgres/database';
import type { ServerPlace } from '../postgres/programs';

/**
 * A server restores dumps of older ones; a newer one may hold what it does not know.
 * @throws BackupError `target_refused`
 */
export async function refuseOlderServer(
	{ source }: Pick<ManifestArtefact, 'source'>,
	{ where }: ServerPlace,
	database: Database,
): Promise<void> {
	const [running = ''] = await database.rows('show server_version');
	const { serverVersion = '' } = source;
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
