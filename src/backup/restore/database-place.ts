import { databaseField, engineNameField, type PostgresServerSource } from '../../shared';
import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import type { PostgresPlace } from '../postgres/open';

/**
 * The server and the name of the database an artefact is restored to.
 * @param to `name`, or `container/name`; without it the place the artefact was made from
 * @throws BackupError `target_refused` for what is no name of a database, or no container before the slash
 */
export function targetOfDatabase(
	{ name, source }: ManifestArtefact,
	to = '',
): { server: PostgresPlace; database: string } {
	const slash = to.indexOf('/');
	if (slash >= 0 && !engineNameField.safeParse(to.slice(0, slash)).success)
		throw refused(name, 'has no name of a container before its slash');
	const database = to.slice(slash + 1) || (source['database'] ?? '');
	const problem = databaseField.safeParse(database).error?.issues[0]?.message;
	if (problem !== undefined) throw refused(name, problem);
	return { server: serverOf({ name, source }, to.slice(0, Math.max(0, slash))), database };
}

/** Without what was given, which may be a connection string with a password. */
function refused(name: string, problem: string): BackupError {
	return new BackupError(
		'target_refused',
		`The target of ${name} cannot be used: it ${problem}.`,
		'Give it as the name of a database, or as container/name.',
	);
}

/**
 * The server an artefact is restored to.
 * @param givenContainer in place of the server it was made from; empty for that
 */
export function serverOf(
	{ name, source }: Pick<ManifestArtefact, 'name' | 'source'>,
	givenContainer = '',
): PostgresPlace {
	const { container = '', host, port, user = 'postgres', tls, caFile, image, network } = source;
	if (host === undefined || givenContainer !== '')
		return { type: 'postgres', container: givenContainer || container, user };
	return {
		type: 'postgres-server',
		// Passwords are found by the name of the database in the site definition.
		name: name.replace(/^(?:db|globals)-/, ''),
		host,
		port: Number(port),
		user,
		tls: (tls as PostgresServerSource['tls'] | undefined) ?? 'prefer',
		caFile,
		image,
		network,
	};
}
