import { parseInput, StateError, type StateStore } from '../../shared';
import { backupFigures, type BackupFigures } from './figures';

const prefix = 'backups/figures/';
/** What nobody has looked at for so long belongs to a site that is gone. */
const keptMs = 7 * 24 * 60 * 60_000;
/** So many sites can stand in one definition. */
const mostSites = 1000;

/**
 * Keeps the figures of a site, for those who want to know them without looking at its destinations.
 *
 * @throws StateError
 */
export async function rememberFigures(store: StateStore, figures: BackupFigures): Promise<void> {
	const key = `${prefix}${figures.site}`;
	const before = await store.get(key).catch(unreadable);
	// Who has looked at the same time has seen the same.
	await store.compareAndSet(key, before?.version, figures);
	if (before === undefined) await forget(store, figures.checkedAt);
}

/**
 * The figures of all sites whose backups were looked at within the last week.
 *
 * @param now in milliseconds since 1970
 * @throws StateError `state_unavailable`
 */
export async function rememberedFigures(store: StateStore, now: number): Promise<BackupFigures[]> {
	const found: BackupFigures[] = [];
	for (const key of (await store.keys(prefix)).slice(0, mostSites)) {
		const document = await store.get(key).catch(unreadable);
		const parsed = document && parseInput(backupFigures, document.value);
		if (parsed?.ok && now - parsed.value.checkedAt <= keptMs) found.push(parsed.value);
	}
	return found;
}

async function forget(store: StateStore, now: number): Promise<void> {
	for (const key of await store.keys(prefix)) {
		const document = await store.get(key).catch(unreadable);
		const parsed = document && parseInput(backupFigures, document.value);
		if (document && parsed?.ok && now - parsed.value.checkedAt > keptMs)
			await store.delete(key, document.version);
	}
}

/** One that is damaged must not hide the others; figures that are missing are told by their absence. */
function unreadable(thrown: unknown): undefined {
	if (thrown instanceof StateError && thrown.code === 'state_invalid') return undefined;
	throw thrown;
}
