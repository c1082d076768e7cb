import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

import { errorMessage, OpsdeskError } from './errors';
import { Tail } from './tail';

export interface ProcessOptions {
	args: readonly string[];
	/** All of it: nothing is inherited. Whoever is the same user can read it, so never a secret. */
	env: Readonly<Record<string, string>>;
	/** What it reads from stdin; nothing unless given. */
	input?: string | undefined;
	/** How long it may write nothing before it is ended. Without it there is no limit. */
	silenceMs?: number | undefined;
	/** Ends it, with everything it has started. */
	signal?: AbortSignal | undefined;
}

export interface ProcessResult {
	/** 128 and the number of the signal for one that was killed, as shells tell it. */
	exitCode: number;
	stdout: Buffer;
	/** As text, at most its last 16 KiB. */
	stderr: string;
}

export type ProcessErrorCode = 'program_missing' | 'program_silent' | 'cancelled' | 'output_too_large';

/** Time a program gets to end by itself. */
const graceMs = 5_000;
const maxResultBytes = 4 * 1024 * 1024;
const signalNumbers: Partial<Record<NodeJS.Signals, number>> = {
	SIGHUP: 1,
	SIGINT: 2,
	SIGABRT: 6,
	SIGKILL: 9,
	SIGSEGV: 11,
	SIGPIPE: 13,
	SIGTERM: 15,
};

/**
 * A program of this machine, started without a shell. Its output comes with back-pressure: a slow reader pauses it.
 * It leads a group of its own, so that ending it ends what it has started as well.
 *
 * Success is the exit code alone: a killed program's output merely ends.
 */
export class RunningProcess {
	private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
	private readonly complaints = new Tail();
	private readonly ended: Promise<number>;
	private failure: OpsdeskError<ProcessErrorCode> | undefined;
	private silence: NodeJS.Timeout | undefined;
	private isOver = false;
	private readonly cancel = (): void => this.end(cancelled(this.program));

	/** @param program path, or a name to look up in the PATH of `env` */
	constructor(
		private readonly program: string,
		private readonly options: ProcessOptions,
	) {
		const { args, env, input, signal } = options;
		this.child = spawn(program, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
		const { child } = this;
		child.stdin.on('error', () => {
			// It ended without reading all of it; its exit code says whether that matters.
		});
		child.stdin.end(input ?? '');
		child.stderr.on('data', (bytes: Buffer) => {
			this.complaints.push(bytes);
			this.heard();
		});
		this.ended = new Promise((resolve) => {
			child.on('error', (cause) => {
				this.failure ??= notStarted(program, cause);
				resolve(-1);
			});
			child.on('close', (code, killedBy) =>
				resolve(code ?? 128 + (signalNumbers[killedBy ?? 'SIGKILL'] ?? 0)),
			);
		});
		void this.ended.then(() => this.settle());
		signal?.addEventListener('abort', this.cancel);
		if (signal?.aborted) this.cancel();
		this.heard();
	}

	/**
	 * What it writes to stdout. Whoever stops reading early ends it.
	 * @throws OpsdeskError `program_missing`, `program_silent`, `cancelled`
	 */
	async *output(): AsyncGenerator<Buffer, void, undefined> {
		let isRead = false;
		try {
			for await (const chunk of this.child.stdout) {
				const bytes: Buffer = chunk;
				this.heard();
				yield bytes;
			}
			isRead = true;
		} catch (thrown) {
			throw this.failure ?? thrown;
		} finally {
			if (!isRead) this.end();
		}
		if (this.failure) throw this.failure;
	}

	/**
	 * The exit code, once it has ended; 128 and the number of the signal for one that was killed.
	 * @throws OpsdeskError as `output`
	 */
	async exitCode(): Promise<number> {
		const code = await this.ended;
		if (this.failure) throw this.failure;
		return code;
	}

	/** What it has written to stderr. */
	said(): string {
		return this.complaints.text();
	}

	/** Asks it and what it has started to end, and kills what does not; resolves when it is gone. */
	async stop(): Promise<void> {
		this.end();
		await this.ended;
	}

	private end(failure?: OpsdeskError<ProcessErrorCode>): void {
		this.failure ??= failure;
		this.kill('SIGTERM');
		setTimeout(() => this.kill('SIGKILL'), graceMs).unref();
		// Nobody reads it any more, and a full pipe would keep it from ending.
		this.child.stdout.destroy();
	}

	private kill(signal: NodeJS.Signals): void {
		const { pid, exitCode, signalCode } = this.child;
		if (pid === undefined || exitCode !== null || signalCode !== null) return;
		try {
			process.kill(-pid, signal);
		} catch {
			// It has just ended.
		}
	}

	private heard(): void {
		const { silenceMs } = this.options;
		if (silenceMs === undefined || this.isOver) return;
		clearTimeout(this.silence);
		this.silence = setTimeout(() => {
			// What waits here to be read shows that it is the reader who is slow.
			if (this.child.stdout.readableLength > 0) this.heard();
			else this.end(silent(this.program, silenceMs));
		}, silenceMs);
	}

	private settle(): void {
		this.isOver = true;
		clearTimeout(this.silence);
		this.options.signal?.removeEventListener('abort', this.cancel);
	}
}

/**
 * Runs a short program of this machine to its end. Its output must fit into 4 MiB.
 * @throws OpsdeskError `program_missing`, `program_silent`, `cancelled`, `output_too_large`
 */
export async function runProcess(program: string, options: ProcessOptions): Promise<ProcessResult> {
	const running = new RunningProcess(program, options);
	const parts: Buffer[] = [];
	let sizeBytes = 0;
	for await (const bytes of running.output()) {
		sizeBytes += bytes.length;
		if (sizeBytes > maxResultBytes) throw tooLarge(program);
		parts.push(bytes);
	}
	return { exitCode: await running.exitCode(), stdout: Buffer.concat(parts), stderr: running.said() };
}

function notStarted(program: string, cause: unknown): OpsdeskError<ProcessErrorCode> {
	const { code } = cause as NodeJS.ErrnoException;
	return new OpsdeskError(
		'program_missing',
		code === 'ENOENT'
			? `There is no program ${program} on this machine.`
			: `The program ${program} could not be started: ${errorMessage(cause)}.`,
		'Install it where n8n or the command runs, or see what keeps it from starting.',
		{ cause },
	);
}

function silent(program: string, silenceMs: number): OpsdeskError<ProcessErrorCode> {
	return new OpsdeskError(
		'program_silent',
		`${program} said nothing for ${Math.round(silenceMs / 1000)} seconds and was ended.`,
		'See whether the server it speaks to hangs, or a firewall swallows the connection.',
	);
}

function cancelled(program: string): OpsdeskError<ProcessErrorCode> {
	return new OpsdeskError('cancelled', `${program} was cancelled.`, 'Run it again when you want to.');
}

function tooLarge(program: string): OpsdeskError<ProcessErrorCode> {
	return new OpsdeskError(
		'output_too_large',
		`${program} wrote more than ${maxResultBytes / 1024 / 1024} MiB.`,
		'See what it was asked for; so much output is not expected of it.',
	);
}
