import type { Recovery, WithRecovery } from '../backup';
import { exitCodes, type ExitCode } from './output';

/** What was brought back before an operation, for people; no line when there was nothing. */
export function recoveryLines({ recovered = [], recoveryProblems = [] }: WithRecovery): string[] {
	const problems = [...recovered.flatMap((run) => run.problems), ...recoveryProblems];
	return [
		...recovered.map(({ message }) => message),
		...problems.flatMap(({ message, remedy }) => [`  ${message}`, `    ${remedy}`]),
	];
}

/** A container that is still down is a failure, whatever else went well. */
export function withRecovery(exitCode: ExitCode, results: readonly WithRecovery[]): ExitCode {
	const allIsWell = results.every(
		({ recovered = [], recoveryProblems = [] }) =>
			recovered.every(({ ok }) => ok) && recoveryProblems.length === 0,
	);
	return allIsWell ? exitCode : exitCodes.failed;
}

export function recoveryText(recovery: Recovery, folder: string): string {
	const { recovered, problems, active, elsewhere } = recovery;
	const lines = [
		...recoveryLines({ recovered, recoveryProblems: problems }),
		...active.map(
			({ site, holder, since, containers }) =>
				`At work: "${site}" by ${holder} since ${since}${containers.length > 0 ? `, holds ${containers.join(', ')}` : ''}.`,
		),
		...elsewhere.map(
			({ site, engine, since, containers }) =>
				`On another engine (${engine}), since ${since}: ${containers.join(', ') || 'programs'} of "${site}". Give that one with --docker.`,
		),
	];
	return lines.length > 0 ? lines.join('\n') : `Nothing is to be brought back (journal in ${folder}).`;
}

/** Runs at work are fine; what is on another engine may be down. */
export function recoveryExitCode({ ok, elsewhere }: Recovery): ExitCode {
	if (!ok) return exitCodes.failed;
	return elsewhere.length > 0 ? exitCodes.warnings : exitCodes.ok;
}
