import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { wholeNumber } from '../shared';
import type { Engine } from './engine';
import { Deadline } from './deadline';
import { DockerError } from './errors';
import { attempt, FrameParser } from './frames';
import { LineJoiner, plainText, type LogLine } from './log-lines';
import { NewestLines } from './newest-lines';
import { ReadMemories } from './read-memories';

export interface LogOptions {
	/** Only the last so many lines; all when absent. */
	tail?: number | undefined;
	since?: Date | undefined;
	until?: Date | undefined;
	stdout?: boolean | undefined;
	stderr?: boolean | undefined;
	/** Keep terminal sequences and control characters. */
	keepControlCharacters?: boolean | undefined;
	signal?: AbortSignal | undefined;
}

export interface LogResult {
	lines: LogLine[];
	/** Whether older lines were dropped to stay within `maxLogBytes`. */
	truncated: boolean;
}

/** Text kept of one container's log; the newest lines win. */
const maxLogBytes = 16 * 1024 * 1024;
/** The whole log may take so many times the credential's time limit, which by itself only bounds the pauses. */
const patience = 20;
const maxTail = 10_000_000;

/**
 * Reads the log of a container as lines, oldest first.
 *
 * @param tty whether the container has a terminal (then its output is not multiplexed)
 * @throws DockerError `logs_unavailable` where its logging driver cannot be read
 */
export async function readLogs(
	engine: Engine,
	id: string,
	tty: boolean,
	options: LogOptions,
): Promise<LogResult> {
	const query = logQuery(options);
	const limitMs = engine.connection.timeoutSeconds * 1000 * patience;
	const deadline = new Deadline(limitMs, options.signal);
	const { signal } = deadline;
	const response = await engine
		.open({ path: `/containers/${id}/logs`, query, signal: options.signal })
		.catch((thrown: unknown) => {
			deadline.release();
			throw explain(thrown);
		});
	const kept = new NewestLines(maxLogBytes);
	const joiner = new LineJoiner((line) => kept.add(line));
	const frames = new FrameParser();
	const memories = new ReadMemories(response);
	const sink = new Writable({
		write(chunk: Buffer, _encoding, done) {
			attempt(() => {
				if (tty) joiner.push({ stream: 'stdout', payload: chunk });
				else frames.push(chunk, (frame) => joiner.pushMessage(frame));
				frames.retain();
				memories.copied(chunk);
			}, done);
		},
		final(done) {
			attempt(() => {
				frames.end();
				joiner.end();
			}, done);
		},
	});
	await pipeline(response, sink, { signal })
		.catch((thrown: unknown) => {
			if (thrown instanceof DockerError) throw thrown;
			throw deadline.passed && !options.signal?.aborted
				? endless(limitMs)
				: interrupted(thrown, options.signal);
		})
		.finally(() => deadline.release());
	const clean = options.keepControlCharacters ? (text: string) => text : plainText;
	const lines = Array.from(kept.lines(), ({ line, ...rest }) => ({ ...rest, line: clean(line) }));
	return { lines, truncated: kept.dropped };
}

function logQuery(options: LogOptions): Record<string, string> {
	return {
		stdout: String(options.stdout ?? true),
		stderr: String(options.stderr ?? true),
		timestamps: 'true',
		// To the engine everything that is no number means "all".
		tail: options.tail === undefined ? 'all' : String(wholeNumber('Limit', options.tail, 0, maxTail)),
		...(options.since && { since: seconds(options.since) }),
		...(options.until && { until: seconds(options.until) }),
	};
}

function endless(limitMs: number): DockerError {
	return new DockerError(
		'timeout',
		`The log did not end within ${limitMs / 1000} seconds.`,
		'Set a limit or "Since" to read less of it, or raise "Timeout" in the credential.',
	);
}

function seconds(instant: Date): string {
	return (instant.getTime() / 1000).toFixed(3);
}

function explain(thrown: unknown): unknown {
	if (!(thrown instanceof DockerError) || !/logging driver/i.test(thrown.message)) return thrown;
	return new DockerError(
		'logs_unavailable',
		`The log of this container cannot be read: ${thrown.message}`,
		'Give the container the logging driver "json-file" or "local"; with "none" nothing is kept.',
		{ cause: thrown },
	);
}

function interrupted(thrown: unknown, signal: AbortSignal | undefined): DockerError {
	return signal?.aborted
		? new DockerError('cancelled', 'Reading the log was cancelled.', 'Run it again when you want to.')
		: new DockerError(
				'answer_cut',
				'The log ended in the middle.',
				'The engine or the proxy was probably stopped meanwhile. Run again.',
				{ cause: thrown },
			);
}
