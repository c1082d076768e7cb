import { errorMessage } from '../../shared';
import type { Members } from './members';
import type { ManagedContainer } from '../managed';
import type { ProjectPart, ProjectResult } from './result';

export type Step = (
	container: ManagedContainer,
) => Promise<Pick<ProjectPart, 'outcome'> & Partial<ProjectPart>>;

interface RunOptions {
	action: ProjectResult['action'];
	/** Those others depend on last. */
	reverse: boolean;
	/** One after the other, and nothing after the first that is not as asked for. */
	oneByOne: boolean;
	/** Whether what needs a failed one is left alone. */
	skipDependents: boolean;
}

/** Takes the containers of a project level by level. */
export async function runInOrder(
	members: Members,
	step: Step,
	{ action, reverse, oneByOne, skipDependents }: RunOptions,
): Promise<ProjectResult> {
	const startedAt = performance.now();
	const levels = reverse ? [...members.levels].reverse() : members.levels;
	const parts: ProjectPart[] = [];
	let failed: ProjectPart | undefined;
	for (const level of levels) {
		const containers = members.containers.filter(({ id }) => level.includes(id));
		const groups = oneByOne ? containers.map((container) => [container]) : [containers];
		for (const group of groups) {
			const blocked = failed !== undefined && (oneByOne || skipDependents) ? failed : undefined;
			const done = await Promise.all(group.map((container) => part(container, step, blocked)));
			parts.push(...done);
			failed ??= done.find(({ outcome }) => outcome === 'failed' || outcome === 'rolled back');
		}
	}
	const { name, details } = members;
	return {
		name,
		action,
		changed: parts.some(({ outcome }) => outcome === 'changed'),
		complete: parts.every(({ outcome }) => outcome === 'changed' || outcome === 'unchanged'),
		parts,
		order: reverse ? [...details.order].reverse() : details.order,
		circles: details.circles,
		missing: details.missing,
		warnings: warningsOf(members),
		durationMs: Math.round(performance.now() - startedAt),
	};
}

async function part(
	container: ManagedContainer,
	step: Step,
	failed: ProjectPart | undefined,
): Promise<ProjectPart> {
	const startedAt = performance.now();
	const { name, service, state } = container;
	const whole = (more: Partial<ProjectPart>): ProjectPart => ({
		...{ name, service, outcome: 'failed', reason: null, state },
		durationMs: Math.round(performance.now() - startedAt),
		...more,
	});
	if (failed)
		return whole({
			outcome: 'skipped',
			reason: `"${failed.name}" comes before it and ${failed.outcome === 'failed' ? 'failed' : 'was rolled back'}`,
		});
	try {
		return whole(await step(container));
	} catch (thrown) {
		return whole({ outcome: 'failed', reason: errorMessage(thrown) });
	}
}

function warningsOf({ details: { circles, missing, notCovered } }: Members): string[] {
	return [
		...circles.map((circle) => `${circle.join(' and ')} need each other, so no order between them is right`),
		...missing.map((service) => `the service "${service}", which others need, has no container`),
		...(notCovered > 0
			? [`${notCovered} of its containers are not covered by the credential and were left alone`]
			: []),
	];
}
