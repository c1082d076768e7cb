import { setTimeout as sleep } from 'node:timers/promises';

import type { TestEngine } from '../../support/engine';
import { imageTag } from '../../support/images/images';
import type { Tell } from '../main';
import { goal, rounded } from '../numbers';
import type { EngineEvents } from './engine-events';
import type { HealingN8n } from './healing-n8n';

const limitSeconds = 30;
/** As the workflow is shipped. */
const maxRestarts = 3;
/** Time in which a second alert or one restart too many would come. */
const afterMs = 30_000;
const name = 'storm';

/** What becomes of a container that fails 0.3 seconds after each start: how long until it is left to a person. */
export async function measureStorm(
	engine: TestEngine,
	events: EngineEvents,
	{ alerts }: HealingN8n,
	tell: Tell,
): Promise<object> {
	tell('a container fails again and again');
	const container = await engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', 'sleep .3; exit 7'],
	});
	await container.start();
	const { atMs: failedAt } = await events.first(container.id, ['die']);
	const told = () => alerts.filter(({ body }) => JSON.stringify(body).includes(`container:${name}`));
	while (told().length === 0 && Date.now() < failedAt + 4 * limitSeconds * 1000) await sleep(50);
	const seconds = rounded((Date.now() - failedAt) / 1000);
	tell(`a person was called after ${seconds.toFixed(2)} s; nothing more should happen now`);
	await sleep(afterMs);
	const starts = events.of(container.id).filter(({ action }) => action === 'start').length;
	return {
		secondsUntilQuarantineIsTold: goal(seconds, 'atMost', limitSeconds),
		restarts: goal(starts - 1, 'atMost', maxRestarts),
		alerts: goal(told().length, 'exactly', 1),
	};
}
