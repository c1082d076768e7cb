import { pipeline, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { shorten, Tail } from '../shared';
import type { Engine } from './engine';
import { DockerError } from './errors';
import { FrameDecoder, type Frame } from './frames';

export interface ExecOptions {
	/** `NAME=value`; visible to whoever may inspect the container, so never a secret. */
	env?: string[];
	/** `uid` or `uid:gid`; the container's own unless given. */
	user?: string;
	/** The container's own unless given. */
	workingDirectory?: string;
	/** How long the program may be silent. Default: the time limit of the credential. */
	silenceMs?: number;
	/** Called once the engine tells that the program runs; not when it has ended before it was asked. */
	onRunning?: (() => void) | undefined;
	signal?: AbortSignal | undefined;
}

export interface ExecResult {
	exitCode: number;
	stdout: Buffer;
	/** As text, at most its last 16 KiB. */
	stderr: string;
}

const created = z.object({ Id: z.string().regex(/^[0-9a-f]{64}$/) });
const state = z.object({
	Running: z.boolean(),
	ExitCode: z.number().int().nullish(),
	/** 0 until there is a process. */
	Pid: z.number().int().nullish(),
});

const maxResultBytes = 4 * 1024 * 1024;
/** The engine records the exit code a moment after the output has ended. */
const exitPatienceMs = 10_000;
const runningPollMs = 300;

/**
 * A program that runs in a container. Its output comes with back-pressure: a reader that is slow pauses the program.
 * It has no input, because proxies do not pass one on (they drop "Upgrade" from requests that have a body).
 *
 * Success is the exit code alone: a killed program's output merely ends.
 */
export class Execution {
	private constructor(
		private readonly engine: Engine,
		private readonly id: string,
		private readonly command: string,
		/** What it writes, as it comes. */
		readonly output: AsyncIterable<Frame>,
		private readonly source: Readable,
	) {}

	/** @param container full id */
	static async start(
		engine: Engine,
		container: string,
		command: string[],
		options: ExecOptions = {},
	): Promise<Execution> {
		const { signal } = options;
		const { Id } = await engine.call(
			{
				method: 'POST',
				path: `/containers/${container}/exec`,
				body: {
					AttachStdout: true,
					AttachStderr: true,
					// With a terminal the engine changes line ends, which ruins binary data.
					Tty: false,
					Cmd: command,
					...(options.env && { Env: options.env }),
					...(options.user !== undefined && { User: options.user }),
					...(options.workingDirectory !== undefined && { WorkingDir: options.workingDirectory }),
				},
				signal,
			},
			created,
		);
		if (options.onRunning) void tellRunning(engine, Id, options.onRunning, signal);
		const response = await engine.open({
			method: 'POST',
			path: `/exec/${Id}/start`,
			body: { Detach: false, Tty: false },
			...(options.silenceMs !== undefined && { timeoutMs: options.silenceMs }),
			signal,
		});
		const frames = new FrameDecoder();
		pipeline(response, frames, () => {
			// Whoever reads the frames gets the error.
		});
		return new Execution(engine, Id, command[0] ?? '', frames, response);
	}

	/**
	 * The exit code; to be asked for after the output has ended.
	 * @throws DockerError `exec_unfinished` when the engine does not tell one
	 */
	async exitCode(): Promise<number> {
		const endsAt = performance.now() + exitPatienceMs;
		for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 500)) {
			const { Running, ExitCode } = await this.engine.call({ path: `/exec/${this.id}/json` }, state);
			if (!Running && typeof ExitCode === 'number') return ExitCode;
			if (performance.now() > endsAt) throw this.unfinished();
			await sleep(pauseMs);
		}
	}

	/** Lets go of the output. The program itself goes on: the engine has no call that ends it. */
	close(): void {
		this.source.destroy();
	}

	private unfinished(): DockerError {
		return new DockerError(
			'exec_unfinished',
			`The output of "${this.command}" has ended, but the engine tells no exit code.`,
			'The container or the engine was probably stopped meanwhile. Look at both, then run again.',
		);
	}
}

/** The answer to the start tells nothing: it begins before there is a process, or with some proxies after its first word. */
async function tellRunning(
	engine: Engine,
	id: string,
	onRunning: () => void,
	signal: AbortSignal | undefined,
): Promise<void> {
	try {
		for (;;) {
			await sleep(runningPollMs, undefined, signal && { signal });
			const { Running, Pid, ExitCode } = await engine.call({ path: `/exec/${id}/json`, signal }, state);
			if (Running && (Pid ?? 0) > 0) return onRunning();
			if (!Running && typeof ExitCode === 'number') return;
		}
	} catch {
		// An engine that does not tell has not told; whoever waits for the program gets the error.
	}
}

/** Runs a short program to its end. Its output must fit into 4 MiB. */
export async function runToEnd(
	engine: Engine,
	container: string,
	command: string[],
	options: ExecOptions = {},
): Promise<ExecResult> {
	const execution = await Execution.start(engine, container, command, options);
	const parts: Buffer[] = [];
	const stderr = new Tail();
	let sizeBytes = 0;
	try {
		for await (const { stream, payload } of execution.output) {
			if (stream === 'stderr') {
				stderr.push(payload);
				continue;
			}
			sizeBytes += payload.length;
			if (sizeBytes > maxResultBytes) throw tooLarge(command);
			parts.push(payload);
		}
	} finally {
		execution.close();
	}
	return { exitCode: await execution.exitCode(), stdout: Buffer.concat(parts), stderr: stderr.text() };
}

function tooLarge(command: string[]): DockerError {
	return new DockerError(
		'answer_too_large',
		`"${shorten(command.join(' '), 80)}" wrote more than ${maxResultBytes / 1024 / 1024} MiB.`,
		'See what is in that container; so much output is not expected of it.',
	);
}
