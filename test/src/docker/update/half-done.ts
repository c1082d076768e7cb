import { randomUUID } from 'node:crypto';
import type Docker from 'dockerode';

import { labelsOf, type UpdatePlan } from '../../../../src/docker/update/marks';
import { ownIdentity } from '../../../../src/shared';

/** Of an update whose process is gone. */
export function planOf(name: string, change: Partial<UpdatePlan> = {}): UpdatePlan {
	return {
		run: randomUUID(),
		name,
		way: 'stopFirst',
		ran: true,
		networks: {},
		// Above every number that a process can have.
		by: { ...ownIdentity(), pid: 2 ** 22 + 1 },
		until: new Date(Date.now() + 3_600_000).toISOString(),
		healthTimeoutSeconds: 10,
		settleSeconds: 0,
		...change,
	};
}

/** Somebody at work where nobody can look whether he lives. */
export const elsewhere = { ...ownIdentity(), host: 'another', bootId: 'another', pidNamespace: 'another' };

/** What an update that stops first leaves when it is killed after the new container was started. */
export async function leaveHalfDone(
	make: (name: string, options: Docker.ContainerCreateOptions) => Promise<Docker.Container>,
	plan: UpdatePlan,
	labels: Record<string, string> = {},
): Promise<{ old: Docker.Container; fresh: Docker.Container }> {
	const old = await make(`${plan.name}-opsdesk-old`, { Labels: labels });
	await old.stop({ t: 0 });
	const fresh = await make(plan.name, { Labels: { ...labels, ...labelsOf(old.id, plan) } });
	return { old, fresh };
}
