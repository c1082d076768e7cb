import type { EngineConnection } from '../docker';
import type { BackupSecrets } from './secrets';

/** What an operation on backups needs beside the site. */
export interface BackupContext {
	/** How to reach the container engine; needed for volumes, databases and paths that only the engine sees. */
	docker?: EngineConnection | undefined;
	secrets?: BackupSecrets | undefined;
	/** Absolute path of the folder for what must outlive the process, such as the journal of stopped containers. */
	stateFolder?: string | undefined;
	signal?: AbortSignal | undefined;
	progress?: ((progress: BackupProgress) => void) | undefined;
	/** How long a disk may leave one step unanswered before it is given up, in milliseconds. Default ten minutes. */
	patienceMs?: number | undefined;
	/** The clock; the system's unless given. */
	now?: (() => Date) | undefined;
}

/** How far the work on one artefact has come. */
export interface BackupProgress {
	step: 'backUp' | 'verify' | 'restore' | 'drill';
	artefact: string;
	/** Content so far, before compression. */
	plainBytes: number;
	/** As stored, so far. */
	storedBytes: number;
	/** Files, folders and links of an archive so far; missing for what has none. */
	entries?: number;
	/** Content in all before compression, where it is known. */
	totalBytes?: number;
}
