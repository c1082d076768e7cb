import { parseInput, type StateStore } from '../../shared';
import { BackupError } from '../errors';
import {
	journalDocument,
	type ContainerRecord,
	type JournalDocument,
	type RunRecord,
} from './journal-document';

const documentName = 'backup/quiet-containers';
/** Each loss means that somebody else has made progress. */
const maxAttempts = 200;

/**
 * The journal of containers that are paused or stopped: one document for all sites, so that two runs never take the
 * same container at the same time. Whatever is done to a container stands here before the engine is asked to do it.
 */
export class Journal {
	constructor(private readonly state: StateStore) {}

	/** @throws BackupError `journal_unreadable`; StateError */
	async runs(): Promise<RunRecord[]> {
		return (await this.read()).document.runs;
	}

	async add(run: RunRecord): Promise<void> {
		await this.change((runs) => [...runs, run]);
	}

	/**
	 * Gives containers to a run.
	 * @returns the run that has one of them, when there is one; then nothing was changed
	 */
	async claim(run: string, containers: ContainerRecord[]): Promise<RunRecord | undefined> {
		let holder: RunRecord | undefined;
		await this.change((runs) => {
			// What a run has left undone keeps nobody from working: the container does not run, and is not touched.
			holder = runs.find((other) => other.run !== run && !other.left && shareContainer(other, containers));
			if (holder) return undefined;
			return runs.map((record) => (record.run === run ? { ...record, containers } : record));
		});
		return holder;
	}

	/**
	 * Changes one run. @param change returns what the run becomes, undefined to remove it
	 * @returns whether it still was there
	 */
	async update(run: string, change: (record: RunRecord) => RunRecord | undefined): Promise<boolean> {
		let found = false;
		await this.change((runs) => {
			found = runs.some((record) => record.run === run);
			if (!found) return undefined;
			return runs.flatMap((record) => {
				const changed = record.run === run ? change(record) : record;
				return changed ? [changed] : [];
			});
		});
		return found;
	}

	/** @param edit returns the runs as they are to be, undefined to leave everything as it is */
	private async change(edit: (runs: RunRecord[]) => RunRecord[] | undefined): Promise<void> {
		for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
			const { document, version } = await this.read();
			const runs = edit(document.runs);
			if (!runs) return;
			const written = await this.state.compareAndSet(documentName, version, { version: 1, runs });
			if (written !== undefined) return;
		}
		throw new BackupError(
			'journal_unreadable',
			'The journal of stopped containers is changed by others all the time.',
			'See what else works with the same state folder.',
		);
	}

	private async read(): Promise<{ document: JournalDocument; version: string | undefined }> {
		const found = await this.state.get(documentName);
		if (!found) return { document: { version: 1, runs: [] }, version: undefined };
		const parsed = parseInput(journalDocument, found.value);
		if (parsed.ok) return { document: parsed.value, version: found.version };
		throw new BackupError(
			'journal_unreadable',
			'The journal of stopped containers is not of this version of the package.',
			'Use the newer version that wrote it, e.g. for "opsdesk backup recover".',
		);
	}
}

function shareContainer(run: RunRecord, containers: ContainerRecord[]): boolean {
	const open = run.containers.filter(({ closed }) => !closed);
	return open.some(({ id }) => containers.some((container) => container.id === id));
}
