import type { TestEngine } from '../../support/engine';
import { imageTag } from '../../support/images/images';
import type { Tell } from '../main';
import { goal, median, quantile, rounded } from '../numbers';
import type { EngineEvents } from './engine-events';

const roundCount = 20;
const limitSeconds = 1;

/**
 * How long it takes from the engine's word that a container is unhealthy to the first thing that is done to the container,
 * both by the engine's clock.
 */
export async function measureReaction(engine: TestEngine, events: EngineEvents, tell: Tell): Promise<object> {
	const reactions: number[] = [];
	for (let round = 1; round <= roundCount; round += 1) {
		const seconds = await reaction(engine, events, `reaction-${round}`);
		tell(`Reaction, round ${round} of ${roundCount}: ${seconds.toFixed(2)} s`);
		reactions.push(seconds);
	}
	return {
		rounds: roundCount,
		medianSeconds: rounded(median(reactions)),
		p95Seconds: goal(rounded(quantile(reactions, 0.95)), 'atMost', limitSeconds),
		slowestSeconds: rounded(Math.max(...reactions)),
	};
}

async function reaction(engine: TestEngine, events: EngineEvents, name: string): Promise<number> {
	const container = await engine.docker.createContainer({ name, Image: imageTag('sick') });
	await container.start();
	const { atMs: healthyAt } = await events.first(container.id, ['health_status: healthy']);
	await engine.cli('exec', name, 'rm', '/tmp/ok');
	const unhealthy = await events.first(container.id, ['health_status: unhealthy'], healthyAt);
	const action = await events.first(container.id, ['kill', 'die', 'restart'], unhealthy.atMs);
	await events.first(container.id, ['restart'], action.atMs);
	// Its health checks would weigh on the rounds that follow.
	await container.remove({ force: true });
	return (action.atMs - unhealthy.atMs) / 1000;
}
