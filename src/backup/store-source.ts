import type { Site } from '../shared';
import { writeArtefact, type ArtefactSource, type StoredArtefact } from './artefact';
import type { BackupContext } from './context';
import type { Encryption } from './encryption';
import { refuseContainment } from './containment';
import type { RunWriter } from './locked-writer';
import type { ManifestArtefact } from './manifest';
import { problemOf, refuseCancelled } from './problem';
import { ProgressMeter } from './progress';
import type { ArtefactReport, Problem } from './reports';
import type { RunDestination } from './run-destination';
import { openSource } from './sources/open';
import { isBesides, type OpenedSource, type SiteSource } from './sources/source';

interface Target {
	destination: RunDestination;
	writer: RunWriter;
}

/** Of the files, before those of compression and encryption. */
const endings: Record<SiteSource['kind'], string> = {
	directory: 'tar',
	volume: 'tar',
	postgres: 'dump',
	globals: 'sql',
	sqlite: 'sqlite',
	config: 'tar',
	workflows: 'tar',
};

/**
 * Backs up one source to all destinations that still live. A fault is told to the destinations and stands in the
 * report; nothing incomplete stays under a final name.
 *
 * @param disturbances asked for when it has been read: what else has to be known of its content
 * @throws BackupError `cancelled` only
 */
export async function storeSource(
	source: SiteSource,
	site: Site,
	destinations: RunDestination[],
	context: BackupContext,
	encryption: Encryption | undefined,
	disturbances: () => Promise<string[]> = () => Promise.resolve([]),
): Promise<ArtefactReport> {
	const started = performance.now();
	const file = `${source.artefact}.${endings[source.kind]}.zst${encryption ? '.age' : ''}`;
	const report = (result: Partial<ArtefactReport> & Pick<ArtefactReport, 'status'>): ArtefactReport => ({
		name: source.artefact,
		kind: source.kind,
		plainBytes: 0,
		storedBytes: 0,
		durationMs: Math.round(performance.now() - started),
		warnings: [],
		...result,
	});
	const { targets, problem } = await beginFiles(source, file, destinations);
	if (targets.length === 0) return report({ status: 'failed', ...(problem && { problem }) });
	try {
		const { opened, stored } = await store(source, site, targets, context, encryption, disturbances);
		for (const { destination } of targets) {
			const failed = stored.failed.find(({ label }) => label === destination.name);
			if (failed) destination.miss(source.artefact, problemOf(failed.error), true);
			else destination.store(manifestEntry(source, file, opened, stored, encryption));
		}
		const { plainBytes, storedBytes, sha256, contentSha256, entries, warnings } = stored;
		return report({
			status: warnings.length > 0 ? 'warning' : 'ok',
			plainBytes,
			storedBytes,
			sha256,
			...(contentSha256 !== undefined && { contentSha256 }),
			...(encryption && { encryption: 'age' }),
			...(entries !== undefined && { entries }),
			warnings,
		});
	} catch (thrown) {
		refuseCancelled(context.signal, 'backup');
		for (const { destination, writer } of targets) {
			const own = writer.failure !== undefined;
			const problem = problemOf(own ? writer.failure : thrown);
			if (isBesides(source) && !own) destination.leaveOut(source.artefact, problem);
			else destination.miss(source.artefact, problem, own);
		}
		return report({ status: 'failed', problem: problemOf(thrown) });
	}
}

/** A source that is not read at all, for a reason that lies outside of it. */
export function missSource(
	source: SiteSource,
	problem: Problem,
	destinations: RunDestination[],
): ArtefactReport {
	for (const destination of destinations.filter(({ living }) => living)) {
		destination.miss(source.artefact, problem, false);
	}
	const { artefact: name, kind } = source;
	return {
		name,
		kind,
		status: 'failed',
		plainBytes: 0,
		storedBytes: 0,
		durationMs: 0,
		warnings: [],
		problem,
	};
}

async function beginFiles(
	source: SiteSource,
	file: string,
	destinations: RunDestination[],
): Promise<{ targets: Target[]; problem?: Problem }> {
	const targets: Target[] = [];
	let problem: Problem | undefined;
	for (const destination of destinations.filter(({ living }) => living)) {
		try {
			targets.push({ destination, writer: await destination.create(file) });
		} catch (thrown) {
			problem = problemOf(thrown);
			destination.miss(source.artefact, problem, true);
		}
	}
	return { targets, ...(problem && { problem }) };
}

async function store(
	source: SiteSource,
	site: Site,
	targets: Target[],
	context: BackupContext,
	encryption: Encryption | undefined,
	disturbances: () => Promise<string[]>,
): Promise<{ opened: OpenedSource; stored: StoredArtefact }> {
	const meter = new ProgressMeter('backUp', source.artefact, context.progress);
	let opened: OpenedSource;
	try {
		if (source.kind === 'directory' && source.definition.via === 'n8n') {
			await refuseContainment(source.definition, site, context.patienceMs);
		}
		opened = await openSource(source, site.name, context, encryption !== undefined);
	} catch (thrown) {
		// What the source has thrown says more than a destination that cannot clean up; the next run does it.
		await Promise.allSettled(targets.map(({ writer }) => writer.abort()));
		throw thrown;
	}
	const stored = await writeArtefact(
		disturbed(measured(opened, meter), disturbances),
		targets.map(({ destination, writer }, index) => ({
			label: destination.name,
			// What is stored is the same everywhere and is counted once.
			writer: index === 0 ? measuredWriter(writer, meter) : writer,
		})),
		{ encryption, signal: context.signal },
	);
	meter.end();
	return { opened, stored };
}

function measured(opened: OpenedSource, meter: ProgressMeter): ArtefactSource {
	async function* blocks(): AsyncGenerator<Buffer, void, undefined> {
		for await (const block of opened.blocks) {
			if (opened.entriesSoFar) meter.entries(opened.entriesSoFar());
			meter.plain(block.length);
			yield block;
		}
	}
	return {
		blocks: blocks(),
		release: (block) => opened.release?.(block),
		finish: () => opened.finish(),
	};
}

function disturbed(source: ArtefactSource, disturbances: () => Promise<string[]>): ArtefactSource {
	return {
		...source,
		finish: async () => {
			const end = await source.finish();
			return { ...end, warnings: [...end.warnings, ...(await disturbances())] };
		},
	};
}

function measuredWriter(writer: RunWriter, meter: ProgressMeter): RunWriter {
	return {
		get failure() {
			return writer.failure;
		},
		write: async (bytes) => {
			await writer.write(bytes);
			meter.stored(bytes.length);
		},
		commit: () => writer.commit(),
		abort: () => writer.abort(),
	};
}

function manifestEntry(
	{ artefact, kind }: SiteSource,
	file: string,
	{ format, origin }: OpenedSource,
	{ sha256, contentSha256, storedBytes, plainBytes, entries, tables, warnings }: StoredArtefact,
	encryption: Encryption | undefined,
): ManifestArtefact {
	return {
		name: artefact,
		file,
		kind,
		source: origin,
		format,
		compression: 'zstd',
		...(encryption && { encryption: 'age' }),
		...(encryption?.recipients && { recipients: [...encryption.recipients] }),
		sha256,
		...(contentSha256 !== undefined && { contentSha256 }),
		storedBytes,
		plainBytes,
		...(entries !== undefined && { entries }),
		...(tables !== undefined && { tables }),
		warnings,
	};
}
