import { startEngine } from '../../support/engine';
import { loadImages } from '../../support/images/images';
import type { Area } from '../main';
import { measureHealing } from './healing';
import { measureLogs } from './logs';
import { measureSweep } from './sweep';
import { measureUpdates } from './updates';

/**
 * How soon sick containers are healed, how long updates interrupt, and how fast many containers are looked at and long
 * logs are read, against the engine's own client.
 */
export const measure: Area = async (scope, tell) => {
	tell('a container engine starts');
	const engine = await startEngine(scope, 'bench-engine');
	await loadImages(engine.docker, ['tools', 'sick', 'web', 'n8n']);
	const healing = await measureHealing(scope, engine, tell);
	const updates = await measureUpdates(engine, tell);
	const logs = await measureLogs(engine, tell);
	const sweep = await measureSweep(engine, tell);
	await engine.process.end();
	return { healing, updates, sweep, logs };
};
