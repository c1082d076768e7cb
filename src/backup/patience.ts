import { BackupError, type BackupErrorCode } from './errors';

/** A disk that was asleep answers within seconds, a network share whose server restarts within minutes. */
export const defaultPatienceMs = 10 * 60_000;

/** What lies on the disk, for errors. */
export interface DiskPlace {
	code: Extract<BackupErrorCode, 'destination_unreachable' | 'source_unreadable'>;
	/** e.g. `The destination /backups` */
	label: string;
	/** By which it is known again when others ask for it. */
	path: string;
}

/** How many steps nobody waits for any more have not ended yet, by the paths of their disks. */
const silent = new Map<string, number>();

/**
 * Waits for the steps of a disk, but not for ever: a network share whose server is gone answers nothing, neither the
 * step nor an attempt to end it. Once it has left one step unanswered, nothing more is asked of it, because each
 * question would keep one of the process's few threads for files.
 */
export class Patience {
	private lost: BackupError | undefined;

	/** @param limitMs for one step */
	constructor(
		private readonly place: DiskPlace,
		private readonly limitMs: number,
	) {}

	/** @throws BackupError of that code, and what the step is rejected with */
	async wait<T>(step: () => Promise<T>): Promise<T> {
		if (silent.has(this.place.path)) this.lost ??= unanswered(this.place, this.limitMs);
		if (this.lost) throw this.lost;
		const answer = step();
		let timer: NodeJS.Timeout | undefined;
		const limit = new Promise<never>((_, reject) => {
			timer = setTimeout(() => {
				giveUp(this.place, answer);
				reject((this.lost ??= unanswered(this.place, this.limitMs)));
			}, this.limitMs);
		});
		try {
			return await Promise.race([answer, limit]);
		} finally {
			clearTimeout(timer);
		}
	}

	/** For steps that only tidy up: they are begun, and waited for as long as there is hope. */
	async tidyUp(step: () => Promise<void>): Promise<void> {
		if (!this.lost) return await this.wait(step);
		step().catch(() => {
			// What is left is removed by the next run.
		});
	}
}

/** Lets nobody ask for a disk before a step that it has left unanswered has ended. */
export function giveUp({ path }: DiskPlace, step: Promise<unknown>): void {
	silent.set(path, (silent.get(path) ?? 0) + 1);
	const ended = (): void => {
		const left = (silent.get(path) ?? 1) - 1;
		if (left > 0) silent.set(path, left);
		else silent.delete(path);
	};
	step.then(ended, ended);
}

/** Whatever is asked of a disk, or undefined when it cannot be told: also when the disk does not answer. */
export async function askDisk<T>(
	path: string,
	step: () => Promise<T>,
	limitMs = defaultPatienceMs,
): Promise<T | undefined> {
	const place = { code: 'source_unreadable', label: path, path } as const;
	return await new Patience(place, limitMs).wait(step).catch(() => undefined);
}

/** A disk that has left a step unanswered for so long. */
export function unanswered({ code, label }: DiskPlace, limitMs: number): BackupError {
	return new BackupError(
		code,
		`${label} has not answered for ${limitMs / 1000} seconds.`,
		'Its disk or, for a network share, its server hangs. See that it answers again ("ls" in a terminal does), then run again; what is unfinished there is removed then.',
	);
}
