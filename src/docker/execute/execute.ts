import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { maskSecrets, shorten, wholeNumber } from '../../shared';
import type { Access } from '../access';
import { requireRunning } from '../container/running';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { Execution } from '../exec';
import { killedExitCode } from '../exit-codes';
import { findContainer, inspectContainer } from '../find';
import { plainText } from '../log-lines';
import { nameOf } from '../summary';
import { parseCommand, parseEnvironment } from './command';
import { endProcesses, markVariable, type EndedProcesses } from './end-processes';
import { KeptOutput } from './kept-output';
import { judge, type Verdict } from './verdict';

export interface ExecuteOptions {
	/** The values are visible to whoever may inspect the container while the program runs. */
	environment?: Readonly<Record<string, string>> | undefined;
	/** Name or number, with or without a group after a colon; the container's own unless given. */
	user?: string | undefined;
	workingDirectory?: string | undefined;
	/** After so long the program is ended, with its children. Default 60. */
	timeoutSeconds?: number | undefined;
	/** Kept of each stream, the end of it. Default 1 MiB. */
	outputLimitBytes?: number | undefined;
	/** Standard output must be whole: beyond the limit the program is ended, and that is an error. */
	wholeOutput?: boolean | undefined;
	/** Called once the engine tells that the program runs: until then it is the engine that is waited for. */
	onRunning?: (() => void) | undefined;
	/** Check everything, run nothing. */
	dryRun?: boolean | undefined;
	signal?: AbortSignal | undefined;
}

/** How a program in a container has ended. */
export interface ExecuteResult extends Verdict {
	/** Full id of the container. */
	id: string;
	name: string;
	stdout: KeptOutput;
	stderr: KeptOutput;
	durationMs: number;
	dryRun?: true;
}

const maxTimeoutSeconds = 24 * 3600;
const defaultOutputBytes = 1024 * 1024;
/** The output of what was killed ends at once, unless something that could not be found holds it open. */
const afterwardsMs = 2000;
/** How long an engine may take to notice that a container has ended, and how often it is asked. */
const noticedWithinMs = 2000;
const askAgainMs = 100;

/**
 * Runs a program in a container and waits for its end. A non-zero exit code is a result, not an error.
 *
 * @param command the program and each argument on its own; no shell takes part
 * @throws DockerError `not_permitted`, `not_running`, `cancelled`, `answer_too_large` …; OpsdeskError `invalid_input`
 */
export async function executeInContainer(
	engine: Engine,
	access: Access,
	reference: string,
	command: readonly string[],
	options: ExecuteOptions = {},
): Promise<ExecuteResult> {
	const parts = parseCommand(command);
	const env = parseEnvironment(options.environment ?? {});
	const timeoutMs = wholeNumber('Timeout', options.timeoutSeconds ?? 60, 1, maxTimeoutSeconds) * 1000;
	const container = await findContainer(engine, access, 'exec', reference, options.signal);
	requireRunning(container);
	const limitBytes = options.outputLimitBytes ?? defaultOutputBytes;
	const [stdout, stderr] = [new KeptOutput(limitBytes), new KeptOutput(limitBytes)];
	const base = { id: container.Id, name: nameOf(container.Name), stdout, stderr };
	if (options.dryRun) return { ...base, ...judge({ dryRun: true }), durationMs: 0, dryRun: true };

	const mark = randomBytes(8).toString('hex');
	const { user, workingDirectory } = options;
	const end = () => endProcesses(engine, container.Id, mark, user || undefined);
	const startedAt = Date.now();
	const connection = new AbortController();
	const starting = Execution.start(engine, container.Id, parts, {
		env: [...env, `${markVariable}=${mark}`],
		...(user && { user }),
		...(workingDirectory && { workingDirectory }),
		silenceMs: timeoutMs + 60_000,
		onRunning: options.onRunning,
		// Not that of the caller: who cancels wants the program ended, which has to be done in the container.
		signal: connection.signal,
	});
	const run = new Run(starting, stdout, stderr, options.wholeOutput ? limitBytes : undefined);
	const why = await run.until(timeoutMs, options.signal);
	const ended = why === 'ended' || why === 'not started' ? undefined : await run.stop(end);
	connection.abort();
	const durationMs = Date.now() - startedAt;
	if (why === 'cancelled') throw cancelled(ended);
	if (why === 'too large') throw tooLarge(parts, limitBytes, ended);
	if (why === 'not started') {
		const verdict = judge({ notStarted: run.fault });
		if (verdict.exitCode === null) throw run.fault;
		return { ...base, ...verdict, durationMs };
	}
	const exitCode = await run.exitCode();
	const mayHaveStopped = exitCode === null || exitCode === killedExitCode;
	const stillRuns = await runsStill(engine, container.Id, mayHaveStopped ? noticedWithinMs : 0);
	if (why === 'broken' && stillRuns) throw run.fault;
	return {
		...base,
		...judge({ exitCode, stillRuns, stdout, ...(why === 'late' && { timedOutAfterMs: timeoutMs, ended }) }),
		durationMs,
	};
}

type Why = 'ended' | 'late' | 'cancelled' | 'too large' | 'not started' | 'broken';

/** The output of a program, until it ends or shall end. */
class Run {
	/** What has cut the output off. */
	fault: unknown;
	private readonly reading: Promise<Why>;
	private execution: Execution | undefined;

	constructor(
		/** Some proxies pass the beginning of an answer on only when the program has written something. */
		private readonly starting: Promise<Execution>,
		private readonly stdout: KeptOutput,
		private readonly stderr: KeptOutput,
		private readonly mostBytes: number | undefined,
	) {
		this.reading = this.read();
	}

	async until(limitMs: number, signal: AbortSignal | undefined): Promise<Why> {
		let timer: NodeJS.Timeout | undefined;
		let stop = (): void => {};
		const interruption = new Promise<Why>((resolve) => {
			timer = setTimeout(() => resolve('late'), limitMs);
			stop = () => resolve('cancelled');
			if (signal?.aborted) stop();
			else signal?.addEventListener('abort', stop, { once: true });
		});
		const why = await Promise.race([this.reading, interruption]);
		clearTimeout(timer);
		signal?.removeEventListener('abort', stop);
		return why;
	}

	/** Ends the program, and reads what it has written until then. */
	async stop(end: () => Promise<EndedProcesses>): Promise<EndedProcesses> {
		const ended = await end();
		const isOver = await Promise.race([this.reading.then(() => true), sleep(afterwardsMs, false)]);
		this.execution?.close();
		const isHidden = !isOver && ended.found === 0 && ended.failure === undefined;
		return isHidden ? { ...ended, failure: 'its processes were not found' } : ended;
	}

	/** Null when nobody knows it. */
	async exitCode(): Promise<number | null> {
		try {
			return (await this.execution?.exitCode()) ?? null;
		} catch (thrown) {
			if (thrown instanceof DockerError) return null;
			throw thrown;
		}
	}

	private async read(): Promise<Why> {
		try {
			this.execution = await this.starting;
			for await (const { stream, payload } of this.execution.output) {
				(stream === 'stdout' ? this.stdout : this.stderr).push(payload);
				if (this.mostBytes !== undefined && this.stdout.sizeBytes > this.mostBytes) return 'too large';
			}
			return 'ended';
		} catch (thrown) {
			this.fault = thrown;
			return this.execution === undefined ? 'not started' : 'broken';
		}
	}
}

/** Programs of a container that has ended are told before its own end is: for so long a running one is asked again. */
async function runsStill(engine: Engine, id: string, patienceMs: number): Promise<boolean> {
	const until = Date.now() + patienceMs;
	try {
		for (;;) {
			const { State } = await inspectContainer(engine, id);
			const runs = State.Status === 'running' || State.Status === 'paused';
			if (!runs || Date.now() >= until) return runs;
			await sleep(askAgainMs);
		}
	} catch (thrown) {
		if (thrown instanceof DockerError && thrown.code === 'not_found') return false;
		throw thrown;
	}
}

function cancelled(ended: EndedProcesses | undefined): DockerError {
	const left = ended?.failure !== undefined || (ended?.left ?? 0) > 0;
	return new DockerError(
		'cancelled',
		`Running the program was cancelled. ${left ? 'It could not be ended and may still run.' : 'It was ended.'}`,
		left ? 'Restart the container to end it.' : 'Run it again when you want to.',
	);
}

function tooLarge(command: string[], limitBytes: number, ended: EndedProcesses | undefined): DockerError {
	const program = shorten(maskSecrets(plainText(command[0] ?? '')), 80);
	const left = ended?.failure !== undefined || (ended?.left ?? 0) > 0;
	return new DockerError(
		'answer_too_large',
		`"${program}" wrote more than ${limitBytes} bytes and ${left ? 'could not be ended' : 'was ended'}.`,
		'Raise "Output Limit", or let it write less.',
	);
}
