import { constants } from 'node:os';

import { formatDuration, maskSecrets, shorten } from '../../shared';
import { DockerError } from '../errors';
import { plainText } from '../log-lines';
import type { EndedProcesses } from './end-processes';
import type { KeptOutput } from './kept-output';

/** What is to be thought of the end of a program. */
export interface Verdict {
	/** True only for the exit code 0 of a program that ended by itself. */
	success: boolean;
	/** Null when nobody knows it. */
	exitCode: number | null;
	/** Name of the signal that ended it, as far as the exit code (128 + signal) tells. */
	endedBySignal: string | null;
	timedOut: boolean;
	/** Whether the container runs no more. */
	containerStopped: boolean;
	/** What went wrong, for a person; null for an exit code of the program's own. */
	message: string | null;
}

interface Circumstances {
	exitCode?: number | null;
	stillRuns?: boolean;
	stdout?: KeptOutput;
	timedOutAfterMs?: number;
	ended?: EndedProcesses | undefined;
	/** What the engine said instead of starting it. */
	notStarted?: unknown;
	dryRun?: boolean;
}

const notFound = 127;
const notExecutable = 126;
/** The runtime's own words in place of the program's output. */
const runtimeText = /^(?:OCI runtime exec failed|failed to create runc console|unable to find user)/;

const missing = /executable file not found|no such file or directory/i;

export function judge(seen: Circumstances): Verdict {
	const verdict = {
		success: false,
		exitCode: seen.exitCode ?? null,
		endedBySignal: signalOf(seen.exitCode ?? 0),
		timedOut: false,
		containerStopped: false,
		message: null,
	};
	if (seen.dryRun) return { ...verdict, message: 'Nothing was run.' };
	if (seen.notStarted !== undefined) return notStarted(verdict, seen.notStarted);
	if (seen.timedOutAfterMs !== undefined) {
		return { ...verdict, timedOut: true, message: tooLong(seen.timedOutAfterMs, seen.ended) };
	}
	if (seen.stillRuns === false) {
		return { ...verdict, containerStopped: true, message: 'The container stopped while the program ran.' };
	}
	if (verdict.exitCode === null) {
		return {
			...verdict,
			message: 'Its output has ended, but the engine tells no exit code: it is not known how it ended.',
		};
	}
	if (verdict.exitCode === notFound || verdict.exitCode === notExecutable) {
		const said = seen.stdout?.text() ?? '';
		if (runtimeText.test(said)) return ofRuntime(verdict, said);
	}
	return { ...verdict, success: verdict.exitCode === 0 };
}

/** Whether the output is the runtime's own words and not the program's. */
export function isRuntimeText(verdict: Verdict): boolean {
	return verdict.message !== null && /^The program was not (?:found|started)/.test(verdict.message);
}

function notStarted(verdict: Verdict, thrown: unknown): Verdict {
	if (!(thrown instanceof DockerError) || thrown.code !== 'engine_error') return verdict;
	const said = thrown.message;
	return missing.test(said) || /permission denied|is a directory/i.test(said)
		? ofRuntime(verdict, said)
		: verdict;
}

/** Engines give 126 for both; what is not there has the code that a shell would give it. */
function ofRuntime(verdict: Verdict, said: string): Verdict {
	const text = shorten(maskSecrets(plainText(said)).trim(), 500);
	return missing.test(said)
		? { ...verdict, exitCode: notFound, message: `The program was not found in the container: ${text}` }
		: { ...verdict, exitCode: notExecutable, message: `The program was not started: ${text}` };
}

function tooLong(limitMs: number, ended: EndedProcesses | undefined): string {
	const late = `The program ran longer than ${formatDuration(limitMs)}`;
	if (ended?.failure !== undefined) {
		return `${late} and could not be ended (${shorten(ended.failure, 200)}): it may still run. Restart the container to end it.`;
	}
	if (ended !== undefined && ended.left > 0) {
		return `${late}; ${ended.left} of its ${ended.found} processes could not be ended and still run. Restart the container to end them.`;
	}
	return `${late} and was ended${(ended?.found ?? 0) > 1 ? ', with its children' : ''}.`;
}

function signalOf(exitCode: number): string | null {
	const number = exitCode - 128;
	const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
	return number > 0 ? (name ?? null) : null;
}
