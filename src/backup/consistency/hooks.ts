import { ContainerPrograms, DockerError, type EngineConnection } from '../../docker';
import { count, errorMessage, maskSecrets, shorten } from '../../shared';
import { BackupError } from '../errors';
import { StoppableProgram } from '../postgres/program';
import { problemOf } from '../problem';
import type { HookReport } from '../reports';
import type { HookRecord } from './journal-document';

const toldLines = 3;
const toldCharacters = 400;
const maxOutputBytes = 16 * 1024;
const noShell = /exec: "sh": (?:executable file not found|stat )/;

/**
 * Runs a program in a container to its end. A failure stands in the report; what the program said is cut and searched
 * for secrets, and its arguments are never told.
 */
export async function runHook(
	hook: HookRecord,
	when: HookReport['when'],
	connection: EngineConnection,
	signal?: AbortSignal,
): Promise<HookReport> {
	const started = performance.now();
	const report = (thrown?: unknown): HookReport => ({
		container: hook.name,
		when,
		ok: thrown === undefined,
		durationMs: Math.round(performance.now() - started),
		...(thrown !== undefined && { problem: problemOf(thrown) }),
	});
	try {
		const programs = await ContainerPrograms.of(connection, hook.id, signal);
		await run(programs, hook, signal);
		return report();
	} catch (thrown) {
		if (thrown instanceof BackupError) return report(thrown);
		return report(failed(hook, `cannot be run: ${errorMessage(thrown).replace(/\.$/, '')}`));
	}
}

async function run(
	programs: ContainerPrograms,
	hook: HookRecord,
	signal: AbortSignal | undefined,
): Promise<void> {
	const [name = '', ...args] = hook.command;
	const limit = AbortSignal.timeout(hook.timeoutSeconds * 1000);
	const options = {
		// It may well be silent all the time.
		silenceMs: hook.timeoutSeconds * 1000 + 1000,
		signal: signal ? AbortSignal.any([limit, signal]) : limit,
		...(hook.user !== undefined && { user: hook.user }),
	};
	let canBeEnded = true;
	const program = new StoppableProgram(programs, name, args, { env: [], ...options });
	try {
		let output: Buffer = Buffer.alloc(0);
		for await (const payload of program.output()) {
			output = Buffer.concat([output, payload]).subarray(-maxOutputBytes);
		}
		const said = [program.said(), output.toString('utf8').trim()].filter(Boolean).join('\n');
		if (!noShell.test(said)) return refuseFailure(hook, program.exitCode, said);
		// Without a shell it can be run, but not ended.
		canBeEnded = false;
		const { exitCode, stdout, stderr } = await programs.run(hook.command, options);
		refuseFailure(hook, exitCode, `${stdout.subarray(-maxOutputBytes).toString('utf8')}\n${stderr}`);
	} catch (thrown) {
		if (!limit.aborted || signal?.aborted) throw thrown;
		const end = canBeEnded ? 'was ended' : 'goes on: in an image without a shell a program cannot be ended';
		throw failed(hook, `took more than ${count(hook.timeoutSeconds, 'second')} and ${end}`);
	}
}

function refuseFailure(hook: HookRecord, exitCode: number | undefined, said: string): void {
	if (exitCode === 0) return;
	throw failed(hook, `ended with exit code ${exitCode ?? 'unknown'}${told(said)}`);
}

function told(said: string): string {
	const lines = maskSecrets(said)
		.split('\n')
		.map((line) => line.replace(/\p{Cc}/gu, ' ').trim())
		.filter(Boolean)
		.slice(-toldLines);
	return lines.length === 0 ? ' and said nothing' : `: ${shorten(lines.join(' '), toldCharacters)}`;
}

function failed({ name, command }: HookRecord, what: string): BackupError {
	return new BackupError(
		'hook_failed',
		`The program "${command[0]}" in the container "${name}" ${what}.`,
		'Run it there by hand with "docker exec". Where a backup without it is better than none, set consistency.failure to "warn".',
	);
}

/** The container a hook is for, by its full id. @throws DockerError when it is missing or not covered */
export async function hookTarget(
	connection: EngineConnection,
	container: string,
	signal: AbortSignal | undefined,
): Promise<{ id: string; name: string }> {
	try {
		const { id, name } = await ContainerPrograms.of(connection, container, signal);
		return { id, name };
	} catch (thrown) {
		if (!(thrown instanceof DockerError) || !['not_found', 'not_running'].includes(thrown.code)) throw thrown;
		throw new BackupError(
			'hook_failed',
			`The programs for the container "${container}" cannot run: ${thrown.message}`,
			`${thrown.remedy} Or remove them from the site definition. Nothing was done.`,
		);
	}
}
