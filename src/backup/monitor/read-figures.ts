import { setTimeout as sleep } from 'node:timers/promises';

import type { CheckedSite, StateStore } from '../../shared';
import { figuresOf, unknownFigures, type BackupFigures } from './figures';
import { rememberedFigures } from './remembered';
import { siteBackupStatus, type StatesContext } from './site-states';

export interface FiguresOptions {
	store: StateStore;
	/** Only these; all sites that are remembered unless given. */
	sites?: readonly CheckedSite[] | undefined;
	/** Sites whose figures are older than so many milliseconds are looked at again; none unless given. */
	maxAgeMs?: number | undefined;
	/** For those looks. */
	contextOf?: ((site: CheckedSite) => Promise<StatesContext>) | undefined;
	signal?: AbortSignal | undefined;
}

/** So many sites are looked at at the same time. */
const concurrency = 4;
/** After so long a site is unknown. */
const patienceMs = 30_000;

/**
 * What is known of the backups of sites, from memory as far as it is young enough. A destination nobody has looked at, or
 * that does not answer, is there as unknown.
 *
 * @throws StateError `state_unavailable`; the reason of the signal
 */
export async function backupFiguresOf(options: FiguresOptions): Promise<BackupFigures[]> {
	const { store, sites, maxAgeMs = Infinity, signal } = options;
	const now = Date.now();
	const remembered = await rememberedFigures(store, now);
	if (sites === undefined) return remembered;
	const known = new Map(remembered.map((figures) => [figures.site, figures]));
	const found: BackupFigures[] = [];
	const waiting = sites.filter(({ destinations }) => destinations !== undefined).values();
	const worker = async (): Promise<void> => {
		// All workers draw from the same iterator, so each site is taken once.
		for (const site of waiting) {
			signal?.throwIfAborted();
			const kept = known.get(site.name);
			const isYoung = kept !== undefined && now - kept.checkedAt <= maxAgeMs;
			const renewed = maxAgeMs === Infinity || isYoung ? undefined : await look(site, options);
			found.push(renewed ?? kept ?? unknownFigures(site, now));
		}
	};
	await Promise.all(Array.from({ length: concurrency }, worker));
	return found.sort((one, other) => (one.site < other.site ? -1 : 1));
}

async function look(site: CheckedSite, options: FiguresOptions): Promise<BackupFigures> {
	const { store, signal, contextOf } = options;
	const late = new AbortController();
	const ended = AbortSignal.any([late.signal, ...(signal ? [signal] : [])]);
	const unknown = unknownFigures(site, Date.now());
	try {
		const context = (await contextOf?.(site)) ?? {};
		const status = siteBackupStatus(site, context, { signal: ended, store });
		// A disk that hangs answers nobody, not even the one who takes the question back.
		const report = await Promise.race([status, sleep(patienceMs, undefined, { signal: ended })]);
		return report === undefined ? unknown : figuresOf(report);
	} catch {
		signal?.throwIfAborted();
		return unknown;
	} finally {
		late.abort();
	}
}
