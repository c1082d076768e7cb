import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { cached, cacheFolder } from './cache';
import { Scope, type ManagedProcess } from './scope';

describe('the cache of slow builds', () => {
	let scope: Scope;
	const before = process.env.OPSDESK_CACHE_DIR;

	beforeEach(async () => {
		scope = await Scope.open('cache-test');
		process.env.OPSDESK_CACHE_DIR = scope.path('cache');
		const compiled = transpileModule(readFileSync(join(__dirname, 'cache.ts'), 'utf8'), {
			compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 },
		});
		writeFileSync(scope.path('cache.cjs'), compiled.outputText);
	});
	afterEach(async () => {
		if (before === undefined) delete process.env.OPSDESK_CACHE_DIR;
		else process.env.OPSDESK_CACHE_DIR = before;
		await scope.close();
	});

	it('builds a key once and finds it again', async () => {
		let builds = 0;
		const build = async (folder: string) => writeFileSync(join(folder, 'result'), String(++builds));
		const first = await cached('tool-1', build);
		expect(await cached('tool-1', build)).toBe(first);
		expect(readFileSync(join(first, 'result'), 'utf8')).toBe('1');
		expect(first).toBe(join(cacheFolder(), 'tool-1'));
	});

	it('builds once when two callers of one process ask at the same time', async () => {
		let builds = 0;
		const build = async () => {
			builds++;
			await sleep(150);
		};
		await Promise.all([cached('tool-1', build), cached('tool-1', build), cached('tool-1', build)]);
		expect(builds).toBe(1);
	});

	it('builds once when several processes ask at the same time', async () => {
		const builders = [1, 2, 3].map((number) => startBuilder(scope, `builder-${number}`, 300));
		await Promise.all(builders.map((builder) => hasPrinted(builder, 'done')));
		expect(builders.filter((builder) => builder.tail().includes('building'))).toHaveLength(1);
		expect(readdirSync(cacheFolder())).toEqual(['tool-1']);
	});

	it('lets different keys build side by side', async () => {
		const order: string[] = [];
		await Promise.all([
			cached('slow', () => sleep(200).then(() => void order.push('slow'))),
			cached('fast', () => sleep(10).then(() => void order.push('fast'))),
		]);
		expect(order).toEqual(['fast', 'slow']);
	});

	it('keeps nothing of a build that fails, and builds again when asked again', async () => {
		const failing = async (folder: string) => {
			writeFileSync(join(folder, 'half'), '');
			throw new Error('the download was cut');
		};
		await expect(cached('tool-1', failing)).rejects.toThrow('the download was cut');
		expect(readdirSync(cacheFolder())).toEqual([]);
		const folder = await cached('tool-1', async () => undefined);
		expect(existsSync(join(folder, 'half'))).toBe(false);
	});

	it('takes over from a process that was killed while it built, and sweeps what it left', async () => {
		const builder = startBuilder(scope, 'killed', 60_000);
		await hasPrinted(builder, 'building');
		const partial = readdirSync(cacheFolder());
		expect(partial).toHaveLength(1);
		await builder.end('SIGKILL');
		const startedAt = Date.now();
		await cached('tool-1', async () => undefined);
		expect(Date.now() - startedAt).toBeLessThan(2000);
		expect(readdirSync(cacheFolder())).toEqual(['tool-1']);
	});

	it('does not sweep the unfinished build of another key', async () => {
		const other = join(cacheFolder(), 'tool-10.partial-abc');
		mkdirSync(other, { recursive: true });
		await cached('tool-1', async () => undefined);
		expect(existsSync(other)).toBe(true);
	});
});

/** Another process that asks for `tool-1`, whose build takes `buildMs`. */
function startBuilder(scope: Scope, name: string, buildMs: number): ManagedProcess {
	const script = `
		const { cached } = require('./cache.cjs');
		cached('tool-1', async () => {
			console.log('building');
			await new Promise((resolve) => setTimeout(resolve, ${buildMs}));
		}).then(() => console.log('done'));
	`;
	return scope.start(name, process.execPath, {
		args: ['-e', script],
		env: { OPSDESK_CACHE_DIR: cacheFolder() },
	});
}

async function hasPrinted(builder: ManagedProcess, word: string): Promise<void> {
	for (const end = Date.now() + 10_000; !builder.tail().includes(word); await sleep(20)) {
		if (Date.now() > end) throw new Error(`No "${word}" from the builder:\n${builder.tail()}`);
	}
}
