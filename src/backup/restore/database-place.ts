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
	const { container = '', host, port, user = 'postgres', tls, caFile } = source;
	const slash = to.indexOf('/');
	const givenContainer = to.slice(0, Math.max(0, slash));
	const database = to.slice(slash + 1) || (source['database'] ?? '');
	if (host === undefined || givenContainer !== '')
		return { server: { type: 'postgres', container: givenContainer || container, user }, database };
	return {
		server: {
			type: 'postgres-server',
			// Passwords are found by the name of the database in the site definition.
			name: name.replace(/^db-/, ''),
			host,
			port: Number(port),
			user,
			tls: (tls as PostgresServerSource['tls'] | undefined) ?? 'prefer',
			caFile,
		},
		database,
	};
}
