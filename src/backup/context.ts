import type { EngineConnection } from '../docker';

/** What an operation on backups needs beside the site. */
export interface BackupContext {
	/** How to reach the container engine; needed for volumes, databases and paths that only the engine sees. */
	docker?: EngineConnection | undefined;
	signal?: AbortSignal | undefined;
	progress?: ((progress: BackupProgress) => void) | undefined;
	/** The clock; the system's unless given. */
	now?: (() => Date) | undefined;
}

/** How far the work on one artefact has come. */
export interface BackupProgress {
	step: 'backUp' | 'verify' | 'restore';
	artefact: string;
	/** Content so far, before compression. */
	plainBytes: number;
	/** As stored, so far. */
	storedBytes: number;
}
