import type { BackupContext } from '../context';
import type { KeptFigure } from '../dump/figures-of-dump';
import type { PostgresPlace } from '../postgres/open';
import { openPostgres } from '../sources/postgres';

/**
 * What each table of a database holds now, found by saving it to nowhere.
 * @returns `undefined` when its dump does not tell
 * @throws BackupError, DockerError as a backup
 */
export async function figuresOfDatabase(
	server: PostgresPlace,
	database: string,
	context: BackupContext,
): Promise<KeptFigure[] | undefined> {
	const common = { database, globals: false } as const;
	const source =
		server.type === 'postgres' ? { ...server, ...common, name: 'restored' } : { ...server, ...common };
	const opened = await openPostgres(source, context);
	for await (const block of opened.blocks) opened.release?.(block);
	return (await opened.finish()).tables;
}
