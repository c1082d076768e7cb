import { count, formatBytes, type Destination as DestinationDefinition, type Site } from '../shared';
import { chooseDestinations, placeOf, withDestination } from './choose-destinations';
import type { BackupContext } from './context';
import { BackupError } from './errors';
import type { Manifest } from './manifest';
import { problemOf, refuseCancelled } from './problem';
import { recordVerification } from './record-verification';
import type { VerificationReport } from './reports';
import { findRestorePoint } from './restore-points';
import { verifyRestorePoint } from './verify';

export interface VerifyOptions {
	/** An id, or `latest` for the newest good one of each destination. */
	restorePoint: string;
	/** Name of the only destination to check. */
	destination?: string | undefined;
}

type Verdict = VerificationReport['destinations'][number];

/**
 * Reads a restore point wholly, in each destination by itself, and proves it. Faults stand in the report.
 * @throws BackupError `destination_unknown`, `cancelled`
 */
export async function verifySite(
	site: Site,
	context: BackupContext,
	options: VerifyOptions,
): Promise<VerificationReport> {
	const started = performance.now();
	const destinations: Verdict[] = [];
	for (const definition of chooseDestinations(site, options.destination)) {
		destinations.push(await verifyIn(definition, site, context, options.restorePoint));
	}
	return {
		site: site.name,
		ok: destinations.every(({ ok }) => ok),
		message: messageOf(destinations),
		durationMs: Math.round(performance.now() - started),
		destinations,
	};
}

async function verifyIn(
	definition: DestinationDefinition,
	site: Site,
	context: BackupContext,
	restorePoint: string,
): Promise<Verdict> {
	const verdict: Verdict = {
		name: definition.name,
		place: placeOf(definition),
		ok: false,
		checkedBytes: 0,
		artefacts: [],
	};
	try {
		await withDestination(definition, site, context, async (destination) => {
			verdict.place = destination.label;
			const { folder, manifest, id } = await findRestorePoint(destination, site.name, restorePoint);
			verdict.id = id;
			const verification = await verifyRestorePoint(destination, folder, manifest, context);
			const { ok, artefacts, checkedBytes } = verification;
			Object.assign(verdict, { ok, artefacts, checkedBytes });
			const note = await recordVerification(destination, folder, manifest, verification, {
				now: context.now?.(),
				signal: context.signal,
			});
			if (note !== undefined) verdict.note = note;
			if (manifest.failures.length > 0) throw notWhole(manifest);
		});
	} catch (thrown) {
		refuseCancelled(context.signal, 'check');
		verdict.ok = false;
		verdict.problem = problemOf(thrown);
	}
	return verdict;
}

/** What is there may be sound, but a restore point that lacks something is never called whole. */
function notWhole({ id, failures }: Manifest): BackupError {
	return new BackupError(
		'verification_failed',
		`The restore point ${id} is partial, it lacks ${failures.map(({ name }) => name).join(', ')}.`,
		'Use it only for what it holds; for the rest use another restore point.',
	);
}

function messageOf(destinations: Verdict[]): string {
	const bad = destinations.filter(({ ok }) => !ok);
	if (bad.length > 0) {
		const faults = bad.flatMap(({ name, artefacts, problem }) => [
			...(problem ? [`${name}: ${problem.message}`] : []),
			...artefacts
				.filter(({ ok }) => !ok)
				.map((artefact) => `${name}: ${artefact.name}: ${artefact.problem}.`),
		]);
		return `Not proved in ${bad.length} of ${count(destinations.length, 'destination')}. ${faults.join(' ')}`;
	}
	const checkedBytes = destinations.reduce((total, verdict) => total + verdict.checkedBytes, 0);
	const where = `in ${count(destinations.length, 'destination')}, ${formatBytes(checkedBytes)} read`;
	const unchecked = destinations.flatMap(({ name, artefacts }) =>
		artefacts.flatMap(({ name: artefact, warning }) =>
			warning === undefined ? [] : [`${name}: ${artefact}: ${sentence(warning)}`],
		),
	);
	if (unchecked.length === 0) return `Proved whole ${where}.`;
	return `Unchanged since it was stored ${where}, but not all of it could be proved. ${unchecked.join(' ')}`;
}

function sentence(text: string): string {
	return text.endsWith('.') ? text : `${text}.`;
}
