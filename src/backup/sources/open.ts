import { n8nArtefacts } from '../../shared';
import type { BackupContext } from '../context';
import { unmatchedPattern } from '../warnings';
import { needsEngine, openConfig } from './config';
import { openDirectory } from './directory';
import type { EngineSource, OpenedSource, SiteSource } from './source';
import { openSqlite } from './sqlite';

/**
 * Makes a source ready to be read.
 * @param site name of the site, by which the engine's part of the work is told apart from that of others
 * @param isEncrypted whether what is read will be stored encrypted, so that it may hold passwords
 * @throws BackupError or DockerError when it is missing or cannot be reached
 */
export async function openSource(
	source: SiteSource,
	site: string,
	context: BackupContext,
	isEncrypted: boolean,
): Promise<OpenedSource> {
	const opened = await openAny(source, site, context, isEncrypted);
	return source.artefact === n8nArtefacts.files ? withoutMissing(opened) : opened;
}

/** n8n makes its folders when it needs them, so that some are missing is no fault; that all are remains one. */
function withoutMissing(opened: OpenedSource): OpenedSource {
	return {
		...opened,
		finish: async () => {
			const end = await opened.finish();
			return { ...end, warnings: end.warnings.filter((warning) => !warning.endsWith(unmatchedPattern)) };
		},
	};
}

async function openAny(
	source: SiteSource,
	site: string,
	context: BackupContext,
	isEncrypted: boolean,
): Promise<OpenedSource> {
	switch (source.kind) {
		case 'directory':
			if (source.definition.via === 'n8n') {
				return await openDirectory(source.definition, context.patienceMs);
			}
			return await throughEngine(source, site, context);
		case 'config':
			if (!needsEngine(source.definition)) return openConfig(source.definition, undefined);
			return await throughEngine(source, site, context);
		case 'volume':
			return await throughEngine(source, site, context);
		case 'sqlite':
			if (source.definition.container === undefined) return await openSqlite(source.definition, context);
			return await throughEngine(source, site, context);
		case 'workflows': {
			const { openWorkflows } = await import('./workflows.js');
			return openWorkflows(context);
		}
		case 'postgres': {
			const { openPostgres } = await import('./postgres.js');
			return await openPostgres(source.definition, context);
		}
		case 'globals': {
			const { openGlobals } = await import('./globals.js');
			return await openGlobals(source.definition, context, { withPasswords: isEncrypted });
		}
	}
}

async function throughEngine(
	source: EngineSource,
	site: string,
	context: BackupContext,
): Promise<OpenedSource> {
	const { openEngineSource } = await import('./engine.js');
	return await openEngineSource(source, site, context);
}
