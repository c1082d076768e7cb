import type { ConfigSource, Site } from '../../shared';
import { blockBytes, BlockGatherer } from '../blocks';
import { ConfigCollector } from '../config/collect';
import { LocalPathReader, type PathReader } from '../config/reader';
import { BackupError } from '../errors';
import { tarOf, type ContentEntry } from '../tar/write';
import { WarningList } from '../warnings';
import type { OpenedSource } from './source';

/** What only the engine can do for a configuration. */
export interface ConfigEngine {
	reader(): PathReader;
	inspect(warnings: WarningList): Promise<ContentEntry[]>;
}

/**
 * The configuration of a site: files with what their links lead to, and definitions of containers.
 * @param engine missing where nothing of it is needed
 */
export function openConfig(definition: ConfigSource, engine: ConfigEngine | undefined): OpenedSource {
	const { name, paths, via, inspect } = definition;
	const gatherer = new BlockGatherer(blockBytes);
	const warnings = new WarningList();
	let entries = 0;

	async function collect(): Promise<ContentEntry[]> {
		const reader = via === 'engine' && engine ? engine.reader() : new LocalPathReader();
		try {
			const collector = new ConfigCollector(reader, warnings);
			const files = await collector.collect(paths);
			if (paths.length > 0 && collector.found === 0) throw nothing(name, warnings.all());
			const inspected = inspect !== undefined && engine ? await engine.inspect(warnings) : [];
			return [...files, ...inspected];
		} finally {
			await reader.close();
		}
	}

	async function* content(): AsyncGenerator<Buffer, void, undefined> {
		const archive = tarOf(await collect(), (path) => {
			warnings.add(path, 'is not kept: it lies below a link that is among the paths');
		});
		for (;;) {
			const { done, value } = archive.next();
			if (done) {
				({ entries } = value);
				return;
			}
			yield value;
		}
	}

	return {
		blocks: gatherer.gather(content()),
		release: (block) => gatherer.release(block),
		format: 'tar',
		origin: {
			via,
			...(paths.length > 0 && { paths: JSON.stringify(paths) }),
			...(inspect !== undefined && { inspect: JSON.stringify(inspect) }),
		},
		finish: async () => ({ entries, warnings: warnings.all() }),
	};
}

/** Whether the engine is needed. */
export function needsEngine({ via, paths, inspect }: ConfigSource): boolean {
	return inspect !== undefined || (via === 'engine' && paths.length > 0);
}

/**
 * Refuses to store configurations where everybody can read them.
 * @param isEncrypted whether the backup is
 * @throws BackupError `encryption_required`
 */
export function refusePlainSecrets(
	{ name, backup }: Pick<Site, 'name' | 'backup'>,
	isEncrypted: boolean,
): void {
	if (isEncrypted) return;
	const refused = backup.configs.filter(({ secrets }) => secrets === 'encrypted');
	if (refused.length === 0) return;
	throw new BackupError(
		'encryption_required',
		`The configs ${refused.map((config) => `"${config.name}"`).join(', ')} of the site "${name}" may hold passwords, and the backup is not encrypted.`,
		'Set "encryption" in the site definition, or write "secrets: plain" for configs that may be stored for everybody to read. Nothing was stopped or stored.',
	);
}

function nothing(name: string, warnings: string[]): BackupError {
	return new BackupError(
		'source_missing',
		`None of the paths of the configuration "${name}" can be kept: ${warnings.join('; ')}.`,
		'Correct the paths in the site definition. Where n8n runs in a container, mount them there, or set "via: engine" for paths of the host.',
	);
}
