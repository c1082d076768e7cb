import type { TestEngine } from '../../support/engine';
import type { Scope } from '../../support/scope';
import type { Tell } from '../main';
import { EngineEvents } from './engine-events';
import { startHealingN8n } from './healing-n8n';
import { measureReaction } from './reaction';
import { measureStorm } from './storm';

/** How soon the workflow heal-containers-on-events helps in an n8n of its own, and when it gives up. */
export async function measureHealing(scope: Scope, engine: TestEngine, tell: Tell): Promise<object> {
	tell('n8n starts');
	const n8n = await startHealingN8n(scope, engine);
	const events = await EngineEvents.listen(engine);
	try {
		const reaction = await measureReaction(engine, events, tell);
		const storm = await measureStorm(engine, events, n8n, tell);
		return { reaction, storm };
	} finally {
		events.end();
		await n8n.end();
	}
}
