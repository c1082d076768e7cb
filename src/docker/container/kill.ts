import { OpsdeskError, shorten } from '../../shared';
import type { Access } from '../access';
import { outcome, stateAfter, type ActionOptions, type ActionResult } from '../control';
import type { Engine } from '../engine';
import { findUnprotected } from '../protection';

export interface KillOptions extends Omit<ActionOptions, 'graceSeconds'> {
	/** Name with or without `SIG`, e.g. `SIGHUP`. Default `SIGKILL`. */
	killSignal?: string | undefined;
}

export interface KillResult extends ActionResult {
	/** The signal, e.g. `SIGHUP`. */
	killSignal: string;
}

/** Signals a process in a container may be sent by name (signal(7)); numbers differ between processors. */
const signals = [
	...['ABRT', 'ALRM', 'CONT', 'HUP', 'INT', 'KILL', 'PIPE', 'PROF', 'PWR', 'QUIT', 'STOP', 'TERM', 'TSTP'],
	...['TTIN', 'TTOU', 'URG', 'USR1', 'USR2', 'VTALRM', 'WINCH', 'XCPU', 'XFSZ'],
];

/**
 * Sends a signal to the first process of a container; one that does not run is left alone.
 * @throws DockerError `container_protected`, `not_permitted` …; OpsdeskError `invalid_input`
 */
export async function killContainer(
	engine: Engine,
	access: Access,
	reference: string,
	options: KillOptions = {},
): Promise<KillResult> {
	const killSignal = givenSignal(options.killSignal);
	const before = await findUnprotected(engine, access, 'kill', reference, options);
	const runs = ['running', 'paused', 'restarting'].includes(before.State.Status);
	if (options.dryRun) return { ...outcome(before, runs, 0), killSignal, dryRun: true };
	if (!runs) return { ...outcome(before, false, 0), killSignal };
	const startedAt = Date.now();
	await engine.send({
		method: 'POST',
		path: `/containers/${before.Id}/kill`,
		query: { signal: killSignal },
		signal: options.signal,
	});
	const durationMs = Date.now() - startedAt;
	return { ...(await stateAfter(engine, 'kill', before, true, durationMs, options.signal)), killSignal };
}

function givenSignal(value: unknown): string {
	if (value === undefined || value === null || value === '') return 'SIGKILL';
	const name = String(value).trim().toUpperCase().replace(/^SIG/, '');
	if (signals.includes(name)) return `SIG${name}`;
	throw new OpsdeskError(
		'invalid_input',
		`"Signal" is not the name of a signal: ${shorten(String(value), 60)}`,
		`Give one of ${signals.map((signal) => `SIG${signal}`).join(', ')}.`,
	);
}
