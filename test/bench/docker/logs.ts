import type { TestEngine } from '../../support/engine';
import { imageTag } from '../../support/images/images';
import { shell } from '../backup/peers';
import type { Tell } from '../main';
import { goal, megabytesOf, rounded } from '../numbers';
import { compete, speedRatio } from '../rounds';
import { Asker } from './asker';

const line = 'GET /shop/basket?item=4711 200 12.5 ms "Mozilla/5.0 (X11; Linux x86_64)" request=8f14e45f';
/** The engine takes each line by itself, so many short ones take it minutes. */
const short = { container: 'bench-log-short', megabytes: 100, line };
const long = { container: 'bench-log-long', megabytes: 1000, line: line.repeat(80) };
const roundCount = 3;
const memoryMegabytes = 100;
const speed = 0.8;

/** Reads a log of a million lines in turns with the engine's own client, and one of 1 GB for the memory it takes. */
export async function measureLogs(engine: TestEngine, tell: Tell): Promise<object> {
	for (const log of [short, long]) {
		tell(`a log of ${log.megabytes} MB is written`);
		await write(engine, log);
	}
	const asker = new Asker(engine);
	try {
		const read = async (container: string, tail?: number): Promise<number> =>
			(await asker.time({ operation: 'logs', container, ...(tail !== undefined && { tail }) })).seconds;
		await read(short.container, 1);
		const idleBytes = asker.residentBytes();
		asker.forgetPeak();
		const wholeSeconds = await read(long.container);
		const growthBytes = asker.peakBytes() - idleBytes;
		const client = `docker -H unix://${engine.socketPath} logs --timestamps`;
		const tools = (): Promise<number> => shell(`${client} ${short.container} > /dev/null 2>&1`, []);
		const product = (): Promise<number> => read(short.container);
		const { medians, rounds } = await compete('Log', { product, tools }, roundCount, tell);
		return {
			megabytes: short.megabytes,
			megabytesPerSecond: rounded(short.megabytes / medians.product),
			ratio: goal(speedRatio(medians.product, medians.tools), 'atLeast', speed),
			gigabyte: {
				seconds: rounded(wholeSeconds),
				growthMegabytes: goal(megabytesOf(growthBytes), 'below', memoryMegabytes),
				lastHundredLinesSeconds: rounded(await read(long.container, 100)),
			},
			medians,
			rounds,
		};
	} finally {
		await asker.end();
	}
}

async function write(
	engine: TestEngine,
	{ container, megabytes, line }: { container: string; megabytes: number; line: string },
): Promise<void> {
	const made = await engine.docker.createContainer({
		name: container,
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', `yes '${line}' | head -c ${megabytes * 1_000_000}`],
	});
	await made.start();
	await made.wait();
}
