import type { TestEngine } from '../../support/engine';
import { imageTag } from '../../support/images/images';
import { shell } from '../backup/peers';
import type { Tell } from '../main';
import { goal, rounded } from '../numbers';
import { compete, speedRatio } from '../rounds';
import { Asker } from './asker';

const containers = 500;
const roundCount = 5;
const limitSeconds = 2;
const speed = 0.8;
const madeAtOnce = 8;

/** Lists 500 containers and looks at each of them. */
export async function measureSweep(engine: TestEngine, tell: Tell): Promise<object> {
	tell(`${containers} containers are made`);
	const numbers = Array.from({ length: containers }, (_, index) => index).values();
	const make = async (): Promise<void> => {
		for (const number of numbers) {
			await engine.docker.createContainer({
				name: `many-${number}`,
				Image: imageTag('tools'),
				Cmd: ['true'],
			});
		}
	};
	await Promise.all(Array.from({ length: madeAtOnce }, make));
	const asker = new Asker(engine);
	try {
		const product = async (): Promise<number> => {
			const { seconds, count } = await asker.time({ operation: 'sweep' });
			if (count < containers) throw new Error(`Only ${count} containers were looked at.`);
			return seconds;
		};
		const client = `docker -H unix://${engine.socketPath}`;
		const tools = (): Promise<number> => shell(`${client} ps -aq | xargs ${client} inspect > /dev/null`, []);
		const { medians, rounds } = await compete('Sweep', { product, tools }, roundCount, tell);
		return {
			containers,
			seconds: goal(rounded(medians.product), 'below', limitSeconds),
			ratio: goal(speedRatio(medians.product, medians.tools), 'atLeast', speed),
			medians,
			rounds,
		};
	} finally {
		await asker.end();
	}
}
