import { readdirSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

import { Scope } from '../support/scope';

/** Tells how far a measurement has come. */
export type Tell = (text: string) => void;

/** An area's measurements: a function of that name in the file `test/bench/<area>.ts`. */
export type Area = (scope: Scope, tell: Tell) => Promise<object>;

/** Every area there is: the folders beside this file, each with its own door. */
const areas = (): string[] =>
	readdirSync(__dirname, { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.map(({ name }) => name)
		.sort();

/**
 * Measures the named areas, or all, and prints one JSON document. What is told meanwhile goes to the error output.
 * A goal that is not met is told in the document and is no failure: numbers depend on the machine.
 * @returns 0, 1 when something could not be measured, 2 for an area that does not exist, 130 after Ctrl-C
 */
export async function bench(names: string[]): Promise<number> {
	const known = areas();
	const unknown = names.filter((name) => !known.includes(name));
	if (unknown.length > 0) {
		console.error(`There is no area ${unknown.join(', ')}. Areas: ${known.join(', ')}.`);
		return 2;
	}
	const startedAt = performance.now();
	const tell: Tell = (text) =>
		console.error(`${String(Math.round((performance.now() - startedAt) / 1000)).padStart(4)} s  ${text}`);
	const interrupted = new Promise<number>((resolve) => {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(130));
	});
	// What is waited for may be a process of the scope, which does not keep this one alive.
	const alive = setInterval(() => undefined, 60_000);
	const scope = await Scope.open('bench');
	try {
		return await Promise.race([measure(names.length > 0 ? names : known, scope, tell), interrupted]);
	} catch (thrown) {
		const reason = thrown instanceof Error ? thrown.message : String(thrown);
		console.error(`The measurement broke off: ${reason}\nRun it once more on an idle machine as root.`);
		return 1;
	} finally {
		clearInterval(alive);
		await scope.close();
	}
}

async function measure(names: string[], scope: Scope, tell: Tell): Promise<number> {
	const results: Record<string, object> = { machine: machine() };
	for (const name of names) {
		const door: unknown = await import(join(__dirname, name, 'index'));
		results[name] = await (door as { measure: Area }).measure(scope, tell);
	}
	console.log(JSON.stringify(results, null, '\t'));
	return 0;
}

const machine = () => ({
	cores: cpus().length,
	processor: cpus()[0]?.model ?? 'unknown',
	memoryGigabytes: Math.round(totalmem() / 1e9),
	kernel: release(),
	node: process.version,
});
