import type { Destination as DestinationDefinition } from '../../shared';
import type { BackupContext } from '../context';
import { defaultPatienceMs, Patience } from '../patience';
import type { Destination } from './destination';
import { DirectoryDestination } from './directory';
import { PatientDestination } from './patient';

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
	if (definition.type === 'directory') {
		const { path } = definition;
		const place = { code: 'destination_unreachable', label: `The destination ${path}`, path } as const;
		const patience = new Patience(place, context.patienceMs ?? defaultPatienceMs);
		return new PatientDestination(new DirectoryDestination(path), patience);
	}
	if (definition.type === 's3') {
		const { openS3Destination } = await import('./s3/open.js');
		return await openS3Destination(definition, context);
	}
	const { openEngineDestination } = await import('./engine.js');
	return await openEngineDestination(definition.path, site, context);
}
