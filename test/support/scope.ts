import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a stand owns outside the memory of its process; released in reverse order by reaper.cjs. */
export type Resource =
	| { kind: 'process'; pid: number; started: string; graceMs: number; stopSignal?: NodeJS.Signals }
	| { kind: 'cgroup'; name: string }
	| { kind: 'mentioning'; text: string }
	| { kind: 'bridge'; name: string }
	| { kind: 'bridges'; prefixes: string[] }
	| { kind: 'folder'; path: string };

export interface ProcessOptions {
	args: string[];
	/** Complete environment of the process; nothing is inherited but PATH. */
	env?: Record<string, string>;
	cwd?: string;
	uid?: number;
	gid?: number;
	/** The signal that asks the process to end. Default SIGTERM. */
	stopSignal?: NodeJS.Signals;
	/** How long the process may take to end after that before it is killed. Default 5000. */
	graceMs?: number;
}

export interface ManagedProcess {
	readonly pid: number;
	readonly logFile: string;
	/** Whether the process is still running. */
	running(): boolean;
	/** The last lines of its output, for error messages. */
	tail(lines?: number): string;
	/** Sends a signal and waits until the process has ended. */
	end(signal?: NodeJS.Signals): Promise<void>;
	/** Polls `probe` until it answers true; throws with the output's tail when the process ends or time runs out. */
	ready(probe: () => Promise<boolean>, timeoutMs: number): Promise<void>;
}

/** Marks every process of a scope and its descendants, so that none is missed however it was started. */
const OWNER_VARIABLE = 'OPSDESK_SCOPE';

/**
 * A lifetime: one temporary folder and everything started in it. Closing it releases all of that, and so does
 * the death of this process, by whatever signal.
 */
export class Scope {
	private closing: Promise<void> | undefined;
	private emptyFolders = 0;

	private constructor(
		/** Temporary folder of this scope; short, because socket paths are limited to 107 bytes. */
		readonly folder: string,
		private readonly reaper: ChildProcess,
	) {}

	static async open(label: string): Promise<Scope> {
		const folder = await mkdtemp(join(tmpdir(), `opsdesk-${label}-`));
		const reaper = spawn(process.execPath, [join(__dirname, 'reaper.cjs'), folder], {
			detached: true,
			stdio: ['pipe', 'ignore', 'pipe'],
			// Opened inside another scope's process, it must outlive that scope's own clean-up.
			env: { ...process.env, [OWNER_VARIABLE]: undefined },
		});
		// A reaper that has died is reported by close().
		reaper.on('error', () => undefined);
		reaper.stdin.on('error', () => undefined);
		const scope = new Scope(folder, reaper);
		// The pipe must not keep a finished test run alive; its end tells the reaper to work.
		reaper.unref();
		for (const stream of [reaper.stdin, reaper.stderr]) if (stream instanceof Socket) stream.unref();
		return scope;
	}

	/** Records a resource before (or right after) it comes into being. */
	own(resource: Resource): void {
		appendFileSync(join(this.folder, 'resources.jsonl'), `${JSON.stringify(resource)}\n`);
	}

	path(...parts: string[]): string {
		return join(this.folder, ...parts);
	}

	/** A new, empty folder. */
	emptyFolder(): string {
		this.emptyFolders += 1;
		const path = this.path(`folder-${this.emptyFolders}`);
		mkdirSync(path);
		return path;
	}

	/** Starts a program as the leader of its own process group, its output going to `<folder>/<name>.log`. */
	start(name: string, program: string, options: ProcessOptions): ManagedProcess {
		const logFile = this.path(`${name}.log`);
		const log = openSync(logFile, 'a', 0o600);
		const child = spawn(program, options.args, {
			detached: true,
			stdio: ['ignore', log, log],
			cwd: options.cwd ?? this.folder,
			env: { PATH: process.env.PATH ?? '', ...options.env, [OWNER_VARIABLE]: this.folder },
			...(options.uid === undefined ? {} : { uid: options.uid }),
			...(options.gid === undefined ? {} : { gid: options.gid }),
		});
		closeSync(log);
		child.unref();
		const { pid } = child;
		child.on('error', () => undefined);
		if (pid === undefined) throw new Error(`${program} could not be started; is it installed?`);
		this.own({
			kind: 'process',
			pid,
			started: startTime(pid),
			graceMs: options.graceMs ?? 5000,
			stopSignal: options.stopSignal ?? 'SIGTERM',
		});
		return manage(name, child, pid, logFile);
	}

	/** Releases everything; throws when the reaper reports something it could not remove. */
	close(): Promise<void> {
		this.closing ??= new Promise((resolve, reject) => {
			let complaints = '';
			const settle = (code: number | null): void =>
				code === 0 ? resolve() : reject(new Error(`Clean-up of ${this.folder} failed: ${complaints}`));
			const { exitCode, signalCode } = this.reaper;
			if (exitCode !== null || signalCode !== null) return settle(exitCode ?? 1);
			this.reaper.ref();
			this.reaper.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
			this.reaper.on('close', settle);
			this.reaper.stdin?.end();
		});
		return this.closing;
	}
}

function startTime(pid: number): string {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function manage(name: string, child: ChildProcess, pid: number, logFile: string): ManagedProcess {
	let ended = false;
	const end = new Promise<void>((resolve) => {
		child.on('exit', () => {
			ended = true;
			resolve();
		});
		child.on('error', () => {
			ended = true;
			resolve();
		});
	});
	const tail = (lines = 20): string => readFileSync(logFile, 'utf8').split('\n').slice(-lines).join('\n');
	return {
		pid,
		logFile,
		running: () => !ended,
		tail,
		async end(signal = 'SIGTERM') {
			if (!ended) process.kill(pid, signal);
			await end;
		},
		async ready(probe, timeoutMs) {
			const deadline = Date.now() + timeoutMs;
			for (;;) {
				if (ended) throw new Error(`${name} ended while starting:\n${tail()}`);
				if (await probe().catch(() => false)) return;
				if (Date.now() > deadline)
					throw new Error(`${name} was not ready within ${timeoutMs} ms:\n${tail()}`);
				await sleep(50);
			}
		},
	};
}
