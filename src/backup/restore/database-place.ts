import type { PostgresServerSource } from '../../shared';
import type { ManifestArtefact } from '../manifest';
import type { PostgresPlace } from '../postgres/open';

/**
 * The server and the name of the database an artefact is restored to.
 * @param to `name`, or `container/name`; without it the place the artefact was made from
 */
export function targetOfDatabase(
	{ name, source }: ManifestArtefact,
	to = '',
): { server: PostgresPlace; database: string } {
	const slash = to.indexOf('/');
	const database = to.slice(slash + 1) || (source['database'] ?? '');
	return { server: serverOf({ name, source }, to.slice(0, Math.max(0, slash))), database };
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
