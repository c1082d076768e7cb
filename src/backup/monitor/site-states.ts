import { createHash } from 'node:crypto';

import { maskSecrets, StateError, type CheckedSite, type Site, type StateStore } from '../../shared';
import type { DestinationStatus, StatusFinding, StatusReport } from '../catalogue/summarise';
import { figuresOf } from './figures';
import { rememberFigures } from './remembered';
import { SharedWork } from './shared-work';
import type { BackupSecrets } from '../secrets';
import { inOwnThread } from '../threads/in-own-thread';
import type { TravellingContext } from '../threads/messages';

/** How the backups of a site stand at one destination, as a monitor wants to know it. */
export interface DestinationState {
	destination: string;
	/** `unknown`: it cannot be read. */
	level: 'ok' | 'warning' | 'critical' | 'unknown';
	/** The code of a finding, or of the problem that keeps it from being read. */
	reason: string;
	/** Sentences for people, without secrets; empty when all is well. */
	message: string;
	/** When the newest good backup was begun, in milliseconds since 1970; null when there is none or nobody knows. */
	newestAt: number | null;
	/** Of that backup, as it is stored. */
	sizeBytes: number | null;
}

export type StatesContext = Pick<TravellingContext, 'docker' | 'secrets'>;

export interface StatesOptions {
	signal?: AbortSignal | undefined;
	/** Where what was found is kept for metrics, which are to cost nothing; nowhere unless given. */
	store?: StateStore | undefined;
}

const underWay = new SharedWork<StatusReport>();

/**
 * How the backups of a site stand at each destination; none for a site that is not backed up. It is read in a thread of its
 * own, and no second time while the same is still being read: a disk that hangs must not be asked by more and more.
 *
 * It looks and no more: what a killed backup has left behind is left to the operations on backups.
 *
 * @throws BackupError `cancelled`
 */
export async function siteBackupStates(
	site: CheckedSite,
	context: StatesContext,
	options: StatesOptions = {},
): Promise<DestinationState[]> {
	const report = await siteBackupStatus(site, context, options);
	return report?.destinations.map((status) => stateOf(status, context.secrets)) ?? [];
}

/** The report behind `siteBackupStates`; undefined for a site that is not backed up. @throws BackupError `cancelled` */
export async function siteBackupStatus(
	site: CheckedSite,
	{ docker, secrets }: StatesContext,
	{ signal, store }: StatesOptions = {},
): Promise<StatusReport | undefined> {
	if (!isBackedUp(site)) return undefined;
	const context = { docker, secrets };
	const { name, destinations, expect, drill } = site;
	// Credentials stand in it, so nothing but its hash is kept.
	const key = createHash('sha256')
		.update(JSON.stringify([name, destinations, expect, drill, context]))
		.digest('hex');
	const report = await underWay.join(
		key,
		async (ended) => await inOwnThread.statusSite(site, { ...context, signal: ended }, {}),
		signal,
	);
	try {
		if (store) await rememberFigures(store, figuresOf(report));
	} catch (thrown) {
		// What was found is true all the same; figures that are not renewed are seen to be old.
		if (!(thrown instanceof StateError)) throw thrown;
	}
	return report;
}

function isBackedUp(site: CheckedSite): site is CheckedSite & Site {
	return site.backup !== undefined && site.destinations !== undefined;
}

function stateOf(status: DestinationStatus, secrets: BackupSecrets | undefined): DestinationState {
	const { name: destination, newestGood, findings, problem } = status;
	const [worst] = [...findings].sort((one, other) => rank(one) - rank(other));
	const level =
		status.status === 'unknown'
			? 'unknown'
			: worst === undefined
				? 'ok'
				: urgent(worst)
					? 'critical'
					: 'warning';
	const sentences = problem ? [problem.message, problem.remedy] : findings.map(({ message }) => message);
	return {
		destination,
		level,
		reason: problem?.code ?? worst?.code ?? 'ok',
		message: withoutKeys(maskSecrets(sentences.join(' ')), secrets),
		newestAt: newestGood === undefined ? null : Date.parse(newestGood.startedAt),
		sizeBytes: newestGood?.storedBytes ?? null,
	};
}

/** Without a good backup, or without the one that was due, data can be lost; all else is to be looked at. */
const urgent = ({ code }: StatusFinding): boolean => code === 'none_good' || code === 'missed';
const rank = (finding: StatusFinding): number => (urgent(finding) ? 0 : 1);

/** A service may repeat what it was sent. */
function withoutKeys(text: string, secrets: BackupSecrets | undefined): string {
	const keys = Object.values(secrets?.s3 ?? {}).flatMap(({ secretAccessKey, sessionToken }) => [
		secretAccessKey,
		sessionToken,
	]);
	return keys.reduce<string>(
		(masked, key) => (key !== undefined && key.length >= 4 ? masked.replaceAll(key, '***') : masked),
		text,
	);
}
