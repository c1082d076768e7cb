import { startEngine } from '../../support/engine';
import { loadImages } from '../../support/images/images';
import type { Area } from '../main';
import { measureLogs } from './logs';
import { measureSweep } from './sweep';

/** How fast many containers are looked at and long logs are read, against the engine's own client. */
export const measure: Area = async (scope, tell) => {
	tell('a container engine starts');
	const engine = await startEngine(scope, 'bench-engine');
	await loadImages(engine.docker, ['tools']);
	const logs = await measureLogs(engine, tell);
	const sweep = await measureSweep(engine, tell);
	await engine.process.end();
	return { sweep, logs };
};
