import type { Destination as DestinationDefinition } from '../../shared';
import type { BackupContext } from '../context';
import type { Destination } from './destination';
import { DirectoryDestination } from './directory';

/**
 * Makes a destination of a site ready; `close` must be called in any case.
 * @param site name of the site, by which the engine's part of the work is told apart from that of others
 * @throws BackupError `destination_missing` …, DockerError
 */
export async function openDestination(
	definition: DestinationDefinition,
	site: string,
	context: BackupContext,
): Promise<Destination> {
	if (definition.type === 'directory') return new DirectoryDestination(definition.path);
	if (definition.type === 's3') {
		const { openS3Destination } = await import('./s3/open.js');
		return await openS3Destination(definition, context);
	}
	const { openEngineDestination } = await import('./engine.js');
	return await openEngineDestination(definition.path, site, context);
}
