import { z } from 'zod';

import { isGone, ownIdentity, type ProcessIdentity } from '../../shared';
import { DockerError } from '../errors';
import { asideSuffix, planLabel, replacesLabel, trialSuffix } from '../own-labels';
import { endpoint } from './shapes';

/** Labels of the container that takes the place of another one; those of a finished update mean nothing any more. */
export const updateLabels = {
	/** Full id of the container whose place it takes. While that one exists, the update is not finished. */
	replaces: replacesLabel,
	/** What the rest needs to know when the process that updates is gone, as JSON. */
	plan: planLabel,
} as const;

/** Start first: both run for a while. Stop first: ports, addresses or volumes can belong to one of them only. */
export type UpdateWay = 'startFirst' | 'stopFirst';

const identity = z.object({
	host: z.string(),
	pid: z.number(),
	processStart: z.string(),
	bootId: z.string(),
	pidNamespace: z.string(),
});

const plan = z.object({
	/** No two updates have the same. */
	run: z.uuid(),
	name: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/),
	way: z.enum(['startFirst', 'stopFirst']),
	/** Whether the old one ran, so that the new one is to run and, after a roll back, the old one again. */
	ran: z.boolean(),
	/** How the old one hung in its networks. */
	networks: z.record(z.string(), endpoint),
	by: identity,
	/** Until then the process may still be at work where nobody can look whether it lives; ISO 8601. */
	until: z.string(),
	healthTimeoutSeconds: z.number(),
	settleSeconds: z.number(),
	graceSeconds: z.number().optional(),
	/** Whoever began it has overridden the protection of this container: what ends it may do so too. */
	protectionOverridden: z.boolean().optional(),
});
export type UpdatePlan = z.infer<typeof plan>;

/** Name of the new container until the old one's is free. */
export const nameOfNew = (name: string): string => `${name}${trialSuffix}`;
/** Name of the old container from then on until it is removed. */
export const nameOfOld = (name: string): string => `${name}${asideSuffix}`;

export function labelsOf(replaces: string, content: UpdatePlan): Record<string, string> {
	return { [updateLabels.replaces]: replaces, [updateLabels.plan]: JSON.stringify(content) };
}

/** Undefined where the labels are missing or not of this package. */
export function planIn(
	labels: Readonly<Record<string, string>>,
): { replaces: string; plan: UpdatePlan } | undefined {
	const replaces = labels[updateLabels.replaces];
	if (replaces === undefined || !/^[0-9a-f]{64}$/.test(replaces)) return undefined;
	try {
		const parsed = plan.safeParse(JSON.parse(labels[updateLabels.plan] ?? ''));
		return parsed.success ? { replaces, plan: parsed.data } : undefined;
	} catch {
		return undefined;
	}
}

/** Without the marks of former updates. */
export function withoutMarks(labels: Readonly<Record<string, string>>): Record<string, string> {
	const own: string[] = Object.values(updateLabels);
	return Object.fromEntries(Object.entries(labels).filter(([key]) => !own.includes(key)));
}

/** Ids of the containers this very process replaces right now. */
const atWorkHere = new Set<string>();

/** @throws DockerError `conflict` when it is being replaced already */
export function beginHere(id: string, name: string): () => void {
	if (atWorkHere.has(id)) throw isBeingUpdated(name);
	atWorkHere.add(id);
	return () => atWorkHere.delete(id);
}

export function isBeingUpdated(name: string): DockerError {
	return new DockerError(
		'conflict',
		`The container "${name}" is being updated by another process or run.`,
		'Wait until that is done, then run again. What a killed process has left is taken over once its time has passed.',
	);
}

/** Whether somebody may still be at work on it. */
export function isBusy({ replaces, plan: { by, until } }: { replaces: string; plan: UpdatePlan }): boolean {
	if (atWorkHere.has(replaces)) return true;
	if (isSame(by, ownIdentity()) || isGone(by)) return false;
	return Date.parse(until) > Date.now();
}

function isSame(one: ProcessIdentity, other: ProcessIdentity): boolean {
	return (
		one.bootId !== '' &&
		one.bootId === other.bootId &&
		one.pidNamespace === other.pidNamespace &&
		one.pid === other.pid &&
		one.processStart === other.processStart
	);
}
