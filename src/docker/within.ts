import { DockerError } from './errors';

export interface Limits {
	/** In milliseconds. */
	limitMs: number;
	signal?: AbortSignal | undefined;
	/** For the message: "Waiting for <what> …". */
	what: string;
}

/**
 * Waits for something, but not for ever. What is waited for goes on; whoever gives up must end it.
 * @throws DockerError `timeout`, `cancelled`, and what the promise is rejected with
 */
export async function within<T>(work: Promise<T>, { limitMs, signal, what }: Limits): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	let stop = (): void => {};
	const limit = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(tooLate(what, limitMs)), limitMs);
		stop = () =>
			reject(
				new DockerError('cancelled', `Waiting for ${what} was cancelled.`, 'Run it again when you want to.'),
			);
		if (signal?.aborted) stop();
		else signal?.addEventListener('abort', stop, { once: true });
	});
	try {
		return await Promise.race([work, limit]);
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener('abort', stop);
	}
}

function tooLate(what: string, limitMs: number): DockerError {
	return new DockerError(
		'timeout',
		`Waiting for ${what} took more than ${limitMs / 1000} seconds.`,
		'See whether the disk on the host, or the engine, hangs or is overloaded, then run again.',
	);
}
