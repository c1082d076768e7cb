import { Containers, isRuntimeText } from '../../../docker';
import type { CheckOf } from '../../../shared';
import type { Finding, ProbeContext } from '../probe';
import { engineOf, engineSilent, insideFault } from '../service/engine';
import type { Stage } from '../service/guard';
import { ServiceFault } from '../service/reasons';
import { oneLine } from '../finding';
import { judgeAnswers, queries, refusal } from './answers';

const separator = '|';
const outputBytes = 16 * 1024;

/**
 * Asks by the container's own `psql`, over the socket and without a password.
 * @throws Fault, DockerError
 */
export async function askInContainer(
	check: CheckOf<'postgres'>,
	container: string,
	context: ProbeContext,
	stage: Stage,
): Promise<Finding> {
	const { signal } = context;
	const late = stage.late;
	const containers = new Containers(engineOf(context));
	const name = `PostgreSQL in "${container}"`;
	try {
		stage.late = () => engineSilent(check.timeoutSeconds);
		await containers.get(container, signal);
		const startedAt = performance.now();
		const result = await containers.execute(container, command(check), {
			environment: { LC_ALL: 'C', PGAPPNAME: 'opsdesk' },
			timeoutSeconds: Math.ceil(check.timeoutSeconds),
			outputLimitBytes: outputBytes,
			// From here on it is the server that is waited for.
			onRunning: () => (stage.late = late),
			signal,
		});
		const latencyMs = performance.now() - startedAt;
		if (isRuntimeText(result))
			throw new ServiceFault(
				'program_missing',
				`There is no psql in the container "${container}". Name the server by "host" instead.`,
				'unknown',
			);
		if (result.timedOut) throw stage.late();
		const [first = '', second = ''] = result.stdout.text().split('\n');
		if (first !== 't' && first !== 'f') throw complaint(name, result.stderr.text());
		const [taken = Number.NaN, most = Number.NaN] = second.split(separator).map(Number);
		const connections = taken >= 0 && most > 0 ? { taken, most } : undefined;
		return judgeAnswers(name, check, { standby: first === 't', connections, latencyMs });
	} catch (thrown) {
		throw insideFault(thrown, container);
	}
}

function command({ user, database, port }: CheckOf<'postgres'>): string[] {
	return [
		...['psql', '--no-psqlrc', '--no-password', '--quiet', '--tuples-only', '--no-align'],
		...[`--field-separator=${separator}`, `--username=${user}`, `--dbname=${database}`, `--port=${port}`],
		...[`--command=${queries.standby}`, `--command=${queries.connections}`],
	];
}

function complaint(name: string, said: string): ServiceFault {
	if (/no password supplied|password authentication failed/i.test(said))
		return new ServiceFault(
			'password_needed',
			`${name} asks for a password even on its own socket. Name the server by "host" and give its credential.`,
			'unknown',
		);
	if (/No such file or directory|Connection refused/.test(said))
		return new ServiceFault('refused', `${name} does not run: nothing listens at its socket.`);
	if (said.trim() === '') return new ServiceFault('unexpected_answer', `${name}: psql said nothing.`);
	return refusal(name, oneLine(said, 500));
}
