import {
	DockerError,
	lookAtContainer,
	lookAtProject,
	type EngineConnection,
	type ProjectLook,
} from '../../../docker';
import { count, shorten, type CheckOf } from '../../../shared';
import type { FoundLevel } from '../../alert';
import { found } from '../finding';
import type { Finding, Probe } from '../probe';
import { engineFault, engineOf, engineSilent } from '../service/engine';
import { guarded } from '../service/guard';
import { ServiceFault } from '../service/reasons';
import { judgeContainer, judgeMember, type Judged } from './judge';

const badness: Record<FoundLevel, number> = { critical: 3, warning: 2, unknown: 1, ok: 0 };
const mostShown = 5;
const mostDetails = 50;

/**
 * Whether a container, or all of a Compose project, run and are healthy. An engine that cannot be asked makes it unknown:
 * its containers may well run.
 */
export const probeContainer: Probe<'container'> = guarded(nameOf, async (check, context, stage) => {
	stage.late = () => engineSilent(check.timeoutSeconds);
	const engine = engineOf(context);
	const { container, project } = check;
	return container === undefined
		? judgeProject(check, await lookAtProject(engine, project ?? '', context.signal))
		: await lookAtOne(engine, container, context.signal);
});

function nameOf({ container, project }: CheckOf<'container'>): string {
	return container === undefined ? `The project "${project}"` : `The container "${container}"`;
}

async function lookAtOne(engine: EngineConnection, name: string, signal: AbortSignal): Promise<Finding> {
	try {
		const look = await lookAtContainer(engine, name, signal);
		const { level, reason, clause, state } = judgeContainer(look);
		const { health, restartCount, exitCode } = look;
		return found(level, reason, `"${name}" ${clause}.`, null, { state, health, restartCount, exitCode });
	} catch (thrown) {
		if (thrown instanceof DockerError && thrown.code === 'not_found')
			throw new ServiceFault('missing', `There is no container "${name}".`);
		throw thrown;
	}
}

function judgeProject(check: CheckOf<'container'>, look: ProjectLook): Finding {
	const { services: expected } = check;
	const judged = [
		...look.containers.map((one) =>
			expected?.includes(one.service ?? '') === true ? judgeContainer(one) : judgeMember(one),
		),
		...look.failed.map(({ name, service, failure }): Judged => {
			const { message } = engineFault(failure);
			const clause = `could not be looked at: ${message}`;
			return { name, service, level: 'unknown', reason: 'engine_error', clause, state: 'unknown' };
		}),
		...absent(check, look),
	];
	const bad = judged
		.filter(({ level }) => level !== 'ok')
		.sort((one, other) => badness[other.level] - badness[one.level]);
	const [worst] = bad;
	const details = { containers: judged.slice(0, mostDetails).map(({ clause: _clause, ...rest }) => rest) };
	if (worst !== undefined) {
		const shown = bad.slice(0, mostShown).map(({ name, clause }) => `"${name}" ${shorten(clause, 120)}`);
		const more = bad.length > mostShown ? `; and ${bad.length - mostShown} more` : '';
		return found(worst.level, worst.reason, `${nameOf(check)}: ${shown.join('; ')}${more}.`, null, details);
	}
	const unverified = judged.filter(({ reason }) => reason === 'unverified').length;
	const doubt = unverified === 0 ? '' : `; ${unverified} running, unverified`;
	const all = count(judged.length, 'container');
	return found(
		'ok',
		unverified === 0 ? 'ok' : 'unverified',
		`${nameOf(check)} runs: ${all} well${doubt}.`,
		null,
		details,
	);
}

/** What should be there and is not, and what should not be there and is. */
function absent({ project, services }: CheckOf<'container'>, look: ProjectLook): Judged[] {
	const present = [...look.containers, ...look.failed];
	const one = (name: string, level: FoundLevel, reason: Judged['reason'], clause: string): Judged => ({
		...{ name, service: name, level, reason, clause },
		state: reason === 'missing' ? 'missing' : 'unknown',
	});
	if (services === undefined) {
		if (present.length > 0) return uncovered(project ?? '', look);
		return look.notCovered.length > 0
			? [
					one(
						project ?? '',
						'unknown',
						'not_permitted',
						'has containers, but the Docker credential covers none of them',
					),
				]
			: [one(project ?? '', 'critical', 'missing', 'has no containers')];
	}
	const isOf = (service: string) => (part: { service: string | null }) => part.service === service;
	const missing = services
		.filter((service) => !present.some(isOf(service)))
		.map((service) =>
			look.notCovered.some(isOf(service))
				? one(service, 'unknown', 'not_permitted', 'is not covered by the Docker credential')
				: one(service, 'critical', 'missing', 'has no container'),
		);
	const all = [...present, ...look.notCovered].map(({ service, name }) => service ?? name);
	const additional = [...new Set(all)]
		.filter((service) => !services.includes(service))
		.map((service) => one(service, 'warning', 'additional', 'is not among the services of the check'));
	return [...missing, ...additional];
}

/** Of a part of a project that nobody may look at nothing is known. */
function uncovered(project: string, { notCovered }: ProjectLook): Judged[] {
	if (notCovered.length === 0) return [];
	const clause = `has ${count(notCovered.length, 'container')} that the Docker credential does not cover`;
	return [
		{ name: project, service: null, level: 'unknown', reason: 'not_permitted', clause, state: 'unknown' },
	];
}
