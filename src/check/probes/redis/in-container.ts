import { Containers, isRuntimeText, type ExecuteResult } from '../../../docker';
import type { CheckOf } from '../../../shared';
import { oneLine } from '../finding';
import type { Finding, ProbeContext } from '../probe';
import { engineOf, engineSilent, insideFault } from '../service/engine';
import type { Stage } from '../service/guard';
import { ServiceFault } from '../service/reasons';
import { isRefusal, judgeAnswers, refusal } from './answers';

const clients = ['redis-cli', 'valkey-cli'] as const;
const outputBytes = 64 * 1024;

/**
 * Asks by the container's own client. No password is sent there; the client takes one that stands in the container's
 * environment.
 *
 * @throws Fault, DockerError
 */
export async function askInContainer(
	check: CheckOf<'redis'>,
	container: string,
	context: ProbeContext,
	stage: Stage,
): Promise<Finding> {
	const { signal } = context;
	const { late } = stage;
	const { timeoutSeconds } = check;
	const containers = new Containers(engineOf(context));
	const name = `Redis in "${container}"`;
	const run = (client: string, words: string[]): Promise<ExecuteResult> => {
		const command = [
			client,
			'-p',
			String(check.port),
			...(check.tls ? ['--tls', '--insecure'] : []),
			...words,
		];
		return containers.execute(container, command, {
			timeoutSeconds: Math.ceil(timeoutSeconds),
			outputLimitBytes: outputBytes,
			// From here on it is the server that is waited for.
			onRunning: () => (stage.late = late),
			signal,
		});
	};
	try {
		stage.late = () => engineSilent(timeoutSeconds);
		await containers.get(container, signal);
		for (const client of clients) {
			const startedAt = performance.now();
			const ping = await run(client, ['PING']);
			if (isRuntimeText(ping)) continue;
			const latencyMs = performance.now() - startedAt;
			refuseUnlessPong(ping, name, stage);
			stage.late = () => engineSilent(timeoutSeconds);
			const info = await run(client, ['INFO', 'memory']);
			if (info.timedOut) throw stage.late();
			return judgeAnswers(name, check, info.stdout.text(), latencyMs);
		}
	} catch (thrown) {
		throw insideFault(thrown, container);
	}
	throw new ServiceFault(
		'program_missing',
		`There is neither redis-cli nor valkey-cli in the container "${container}". Name the server by "host" instead.`,
		'unknown',
	);
}

function refuseUnlessPong({ timedOut, stdout, stderr }: ExecuteResult, name: string, stage: Stage): void {
	if (timedOut) throw stage.late();
	const said = stdout.text().trim();
	if (said === 'PONG') return;
	if (isRefusal(said))
		throw refusal(
			name,
			said.replace(/^\(error\) /, ''),
			'Set REDISCLI_AUTH in the environment of the container, or name the server by "host" and give its credential.',
		);
	const complaint = oneLine(stderr.text() || said, 250);
	if (/Connection refused/i.test(complaint))
		throw new ServiceFault('refused', `${name} does not run: nothing listens at its port.`);
	throw new ServiceFault(
		'unexpected_answer',
		`${name} does not answer: ${complaint || 'its client said nothing'}`,
	);
}
