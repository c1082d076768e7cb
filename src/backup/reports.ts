import type { ManifestAnomaly, ManifestArtefact } from './manifest';
import type { PruneOutcome } from './retention/reports';

/** A problem as people and scripts get it. */
export interface Problem {
	code: string;
	message: string;
	remedy: string;
}

/**
 * `ok`: everything is stored. `warning`: stored, but not all held still or could be read. `partial`: something
 * is missing and the rest is stored, or a container of the site is down since. `failed`: nothing usable was stored. `skipped`: another run holds the lock.
 */
export type BackupStatus = 'ok' | 'warning' | 'partial' | 'failed' | 'skipped';

export interface ArtefactReport {
	name: string;
	kind: ManifestArtefact['kind'];
	status: 'ok' | 'warning' | 'failed';
	plainBytes: number;
	storedBytes: number;
	/** Of what is stored. */
	sha256?: string;
	/** Of the compressed content where it is encrypted: the same for the same content, which `sha256` is not then. */
	contentSha256?: string;
	/** The format it is encrypted in; missing when it is not. */
	encryption?: 'age';
	/** Files, folders and links of an archive, entries of the table of contents of a dump. */
	entries?: number;
	durationMs: number;
	warnings: string[];
	/** Why it failed. */
	problem?: Problem;
}

export interface DestinationReport {
	name: string;
	/** For people, e.g. `/backups` or `host path /srv/backups`. */
	place: string;
	status: BackupStatus;
	/** `<site>/<id>` below the destination, when a restore point was made. */
	folder?: string;
	/** What went wrong here, one entry for each artefact or one for the whole. */
	problems: Problem[];
	/** What is to be looked at here though the restore point is stored. */
	warnings: string[];
	/** Artefacts whose source lies on the same disk as this, so that both go with it; those that n8n or the command sees itself. */
	sameDiskAs?: string[];
	/** Artefacts that are far smaller than the earlier ones; the restore point is not relied on until it is confirmed. */
	suspicious?: ManifestAnomaly[];
	/** What became of the older restore points, when this run has pruned. */
	pruned?: PruneOutcome;
}

/** What was done to one container so that it kept quiet. */
export interface QuietContainerReport {
	name: string;
	/** `left`: it did not run, or nothing was asked for. */
	action: 'stopped' | 'paused' | 'left';
	/** `down`: it should run and does not. */
	now: 'running' | 'down' | 'gone' | 'as it was';
	/** From the request to stop or pause it until it ran again; missing when it does not. */
	downtimeMs?: number;
	warnings: string[];
	/** Why it is down. */
	problem?: Problem;
}

/** A program that prepared a container, or that put it back. */
export interface HookReport {
	container: string;
	when: 'before' | 'after';
	ok: boolean;
	durationMs: number;
	/** Why it failed. */
	problem?: Problem;
}

/** How the containers of a site were kept quiet. */
export interface ConsistencyReport {
	/** From the first container that was stopped or paused to the last that ran again. */
	downtimeMs: number;
	/** In the order of starting. */
	containers: QuietContainerReport[];
	hooks: HookReport[];
	/** What concerns no single container. */
	warnings: string[];
	/** What went wrong beside the containers and programs. */
	problems: Problem[];
}

/** What a run that was killed, or could not start its containers, had left behind. */
export interface RecoveredRun {
	site: string;
	run: string;
	since: string;
	/** Why it was taken over: it could not end its work, its process is gone, or it took too long. */
	because: 'left' | 'gone' | 'overdue' | 'forced';
	/** Whether nothing of it is left to do. */
	ok: boolean;
	/** One sentence for people. */
	message: string;
	containers: QuietContainerReport[];
	hooks: HookReport[];
	problems: Problem[];
}

export interface BackupReport {
	site: string;
	/** Of the restore point. */
	id: string;
	status: BackupStatus;
	/** One sentence for people; it never calls something a success that is not. */
	message: string;
	startedAt: string;
	finishedAt: string;
	durationMs: number;
	plainBytes: number;
	storedBytes: number;
	artefacts: ArtefactReport[];
	destinations: DestinationReport[];
	/** Present when containers were to be kept quiet or prepared. */
	consistency?: ConsistencyReport;
}

/** One restore point in one destination. */
export interface RestorePointReport {
	site: string;
	destination: string;
	id: string;
	/** `unusable`: its manifest cannot be trusted. `unfinished`: it has none. */
	state: 'ok' | 'warning' | 'partial' | 'unusable' | 'unfinished';
	startedAt: string;
	finishedAt?: string;
	/** Since its run began; negative when it is dated in the future. */
	ageHours: number;
	storedBytes: number;
	plainBytes: number;
	artefacts: {
		name: string;
		kind: ManifestArtefact['kind'];
		/** The format it is encrypted in; missing when it is not. */
		encryption?: 'age';
		storedBytes: number;
		plainBytes: number;
		/** Against the median of the seven good ones before: −50 is half of it, 100 the double; missing while they are few. */
		plainChangePercent?: number;
		storedChangePercent?: number;
	}[];
	/** Names of artefacts that are missing, as in a partial one. */
	missing: string[];
	/** Far smaller than those before it, and nobody has confirmed it. */
	suspicious: boolean;
	/** A verification has proved it bad. */
	damaged: boolean;
	confirmedAt?: string;
	/** The last verification. */
	verified?: { at: string; outcome: 'proved' | 'unproved' | 'damaged' };
	/** That it is not to be removed, and why. */
	held?: string;
	/** The last rehearsal of a restore. */
	drilled?: { at: string; outcome: 'proved' | 'unproved' | 'failed'; durationMs: number };
	/** Why it is unusable. */
	reason?: string;
}

export interface VerificationReport {
	site: string;
	/**
	 * Whether no destination that was asked lacks or has damaged anything of this restore point. What could not be
	 * checked stands in the `warning` of its artefact.
	 */
	ok: boolean;
	/** One sentence for people; it calls proved only what is. */
	message: string;
	durationMs: number;
	destinations: {
		name: string;
		place: string;
		/** Of the restore point that was checked here; missing when there is none. */
		id?: string;
		ok: boolean;
		checkedBytes: number;
		artefacts: {
			name: string;
			file: string;
			ok: boolean;
			/** Why not. */
			problem?: string;
			/** What could not be checked though everything else is in order. */
			warning?: string;
			/** Why encrypted content could not be read, though it is stored as the manifest says. */
			keyProblem?: 'wrong_key' | 'key_missing';
		}[];
		problem?: Problem;
		/** What people should know besides, a sentence. */
		note?: string;
	}[];
}

export interface RestoreReport {
	site: string;
	id: string;
	/** Name of the destination it was restored from. */
	destination: string;
	durationMs: number;
	artefacts: {
		name: string;
		kind: ManifestArtefact['kind'];
		/** Where it was restored to, e.g. `volume shop_media`. */
		target: string;
		plainBytes: number;
		entries?: number;
		/** Set when only these paths of it were restored. */
		paths?: string[];
		/** Set when only these tables of it were restored, into a database of their own. */
		tables?: string[];
		/** Where the former content is kept, when there was any. */
		previous?: string;
		/** What people should know, each a sentence. */
		notes?: string[];
		/** What could not be restored of it, each a sentence; the restore counts with warnings then. */
		errors?: string[];
	}[];
	/** Artefacts without a place of their own, which are restored only to a folder that is given. */
	leftOut: string[];
	/** Present when containers were stopped for it. */
	consistency?: ConsistencyReport;
}

/** What a restore would do, found without changing anything. */
export interface RestorePlan {
	site: string;
	/** Of the restore point. */
	id: string;
	/** Name of the destination it would be restored from. */
	destination: string;
	/** Whether nothing was found that would keep it from being done. */
	ok: boolean;
	/** One or more sentences for people. */
	message: string;
	/** What could not be told of a target is missing. */
	artefacts: {
		name: string;
		kind: ManifestArtefact['kind'];
		/** Where it would be restored to. */
		target: string;
		/** Of the whole artefact, before compression. */
		plainBytes: number;
		entries?: number;
		/** Set when only these paths of it would be restored. */
		paths?: string[];
		/** Set when only these tables of it would be restored. */
		tables?: string[];
		/** Whether something is there that would be replaced, and kept beside. */
		replaces?: boolean;
		/** At least what is needed where it is put together, and what is free there. */
		neededBytes?: number;
		freeBytes?: number;
		/** Running containers that use the target and would have to stop. */
		stops: string[];
		/** Connections to the database that would be ended. */
		endsSessions?: number;
		/** What to know before, each a sentence. */
		notes: string[];
		/** Why the restore would be refused. */
		problem?: Problem;
	}[];
	/** Artefacts without a place of their own, which are restored only to a folder that is given. */
	leftOut: string[];
}
