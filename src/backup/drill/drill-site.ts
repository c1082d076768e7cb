import type { Site } from '../../shared';
import type { BackupContext } from '../context';
import type { Destination } from '../destinations/destination';
import { openingKeys, refuseMissingKeys } from '../encryption';
import { BackupError } from '../errors';
import { manifestName, type Manifest, type ManifestArtefact } from '../manifest';
import { problemOf, refuseCancelled } from '../problem';
import { ProgressMeter } from '../progress';
import { readArtefact } from '../read-artefact';
import { writeLastDrill, writeRecord } from '../records';
import { chooseArtefacts } from '../restore/choose';
import { findSource, type RestoreSource, type WantedRestorePoint } from '../restore/source';
import { checksFailed } from './checks';
import { drillMessage, worstOf, type DrilledArtefact, type DrillReport } from './report';
import type { DrillTask, Proof } from './trees';
import { Workshop } from './workshop';

export interface DrillOptions extends WantedRestorePoint {
	/** Names of artefacts; without it all of the restore point. A drill of some is not recorded. */
	artefacts?: readonly string[] | undefined;
	/** Folder for what is restored; it needs room for the largest artefact. That for temporary files unless given. */
	workFolder?: string | undefined;
}

/** More differences than these are of no help. */
const maxTold = 5;

/**
 * Restores a restore point into places of its own, one artefact after the other, and proves that what comes out is
 * what was backed up. What is live is never touched, and what was made is removed in any case. How it went, with the
 * recovery time, is written beside the restore point.
 *
 * @throws BackupError when the restore point cannot be found, `key_missing`; `cancelled`, after everything was removed. What fails
 * later stands in the report.
 */
export async function drillSite(
	site: Site,
	context: BackupContext,
	options: DrillOptions,
): Promise<DrillReport> {
	const started = performance.now();
	const startedAt = context.now?.() ?? new Date();
	const source = await findSource(site, context, options);
	const workshop = new Workshop(site.name, context, options.workFolder);
	try {
		const { manifest, id } = source.point;
		const chosen = chooseArtefacts(manifest, options);
		refuseMissingKeys(chosen, await openingKeys(context.secrets));
		await workshop.sweep();
		const artefacts: DrilledArtefact[] = [];
		const leftovers: string[] = [];
		for (const artefact of chosen) {
			refuseCancelled(context.signal, 'drill');
			artefacts.push(await drillArtefact(artefact, source, site, workshop, context));
			leftovers.push(...(await workshop.clear()));
		}
		refuseCancelled(context.signal, 'drill');
		const missing = missingIn(manifest, site);
		const isWhole = chosen.length === manifest.artefacts.length;
		const outcome = worstOf([
			...artefacts.map((artefact) => artefact.outcome),
			...(missing.length > 0 || artefacts.length === 0 ? (['unproved'] as const) : []),
		]);
		const found = {
			site: site.name,
			id,
			destination: source.name,
			outcome,
			ok: outcome === 'proved',
			startedAt: startedAt.toISOString(),
			recoveryMs: artefacts.reduce((total, { restoreMs }) => total + restoreMs, 0),
			durationMs: Math.round(performance.now() - started),
			dataAgeMs: Math.max(0, startedAt.getTime() - Date.parse(manifest.startedAt)),
			artefacts,
			missing,
			leftovers,
		};
		const notes = isWhole
			? await record(source, found, context)
			: ['Only a part was drilled, so it is not recorded.'];
		const report = { ...found, recorded: notes.length === 0, notes };
		return { ...report, message: drillMessage(report) };
	} finally {
		await workshop.clear();
		workshop.end();
		await source.destination.close();
	}
}

async function drillArtefact(
	artefact: ManifestArtefact,
	{ destination, point }: RestoreSource,
	site: Site,
	workshop: Workshop,
	context: BackupContext,
): Promise<DrilledArtefact> {
	const started = performance.now();
	const meter = new ProgressMeter('drill', artefact.name, context.progress, artefact.plainBytes);
	const content = readArtefact(destination, point.folder, artefact, meter, context);
	const checks = (site.drill?.checks ?? []).filter((check) => check.artefact === artefact.name);
	const of = { site: site.name, of: site, id: point.id, workshop, context };
	const task = { artefact, content, checks, ...of };
	const common = { name: artefact.name, kind: artefact.kind, plainBytes: artefact.plainBytes };
	try {
		const { differences, unproved, notes, checks: results, ...proof } = await prove(task);
		const failure = differences.length > 0 ? differs(differences) : checksFailed(results);
		const outcome = failure ? 'failed' : unproved.length > 0 ? 'unproved' : 'proved';
		return {
			...common,
			...proof,
			outcome,
			durationMs: Math.round(performance.now() - started),
			notes: [...unproved, ...notes],
			...(results.length > 0 && { checks: results }),
			...(failure && { problem: problemOf(failure) }),
		};
	} catch (thrown) {
		refuseCancelled(context.signal, 'drill');
		const durationMs = Math.round(performance.now() - started);
		return {
			...common,
			outcome: 'failed',
			target: '',
			restoreMs: 0,
			durationMs,
			notes: [],
			problem: problemOf(thrown),
		};
	}
}

async function prove(task: DrillTask): Promise<Proof> {
	const { artefact } = task;
	if (artefact.format === 'tar') return await (await import('./engine.js')).drillTree(task);
	switch (artefact.kind) {
		case 'postgres':
			return await (await import('./engine.js')).drillDatabase(task);
		case 'globals':
			return await (await import('./engine.js')).drillGlobals(task);
		case 'sqlite':
			return await (await import('./engine.js')).drillSqlite(task);
		default:
			return await (
				await import('./engine.js')
			).readThrough(task, `there is no place for a ${artefact.kind}`);
	}
}

function differs(differences: string[]): BackupError {
	const told = differences.slice(0, maxTold).join('; ');
	const more = differences.length > maxTold ? `; and ${differences.length - maxTold} more` : '';
	return new BackupError(
		'verification_failed',
		`What was restored is not what was backed up: ${told}${more}.`,
		'Do not rely on this restore point before the cause is known: drill another one, and see the disk and the server.',
	);
}

/** Artefacts that failed, and those with checks that are not in it for another reason. */
function missingIn({ artefacts, failures }: Manifest, { drill }: Site): string[] {
	const known = new Set(artefacts.map(({ name }) => name));
	const checked = (drill?.checks ?? []).map(({ artefact }) => artefact).filter((name) => !known.has(name));
	return [...new Set([...failures.map(({ name }) => name), ...checked])];
}

/** @returns why it could not be recorded */
async function record(
	{ destination, point }: RestoreSource,
	found: Pick<DrillReport, 'outcome' | 'durationMs' | 'artefacts'>,
	{ now }: BackupContext,
): Promise<string[]> {
	try {
		await refuseRemoved(destination, point.folder);
		const artefacts = found.artefacts.map(({ name, outcome, durationMs, problem, notes }) => {
			const why = problem?.message ?? (outcome === 'proved' ? undefined : notes.join(' '));
			return { name, outcome, durationMs, ...(why !== undefined && { problem: why.slice(0, 2000) }) };
		});
		const fields = { outcome: found.outcome, durationMs: found.durationMs, artefacts };
		const at = now?.() ?? new Date();
		await writeRecord(destination, point.folder, 'drill', fields, at);
		// The restore point goes some day, and with it what stands beside it.
		if (found.outcome === 'proved') await writeLastDrill(destination, point.folder, fields, at);
		return [];
	} catch (thrown) {
		return [`The result could not be recorded beside the restore point: ${problemOf(thrown).message}`];
	}
}

/** A record must not make a folder anew whose restore point was removed meanwhile. */
async function refuseRemoved(destination: Destination, folder: string): Promise<void> {
	if ((await destination.sizeBytes(`${folder}/${manifestName}`)) !== undefined) return;
	throw new BackupError(
		'set_not_found',
		'The restore point was removed while it was drilled.',
		'Run the drill again with a newer one.',
	);
}
