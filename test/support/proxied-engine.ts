import { startEngine, type TestEngine } from './engine';
import { startEngineProxy, type EngineProxy } from './engine-proxy';
import { loadImages, type ImageName } from './images/images';
import { Scope } from './scope';

export interface ProxiedEngine {
	readonly engine: TestEngine;
	readonly proxy: EngineProxy;
	/** Requests that would change something, in the order they came. */
	actionsSent(): string[];
}

/** An engine behind a watching proxy for the tests of one file; between two tests all containers are removed. */
export function useProxiedEngine(label: string, images: ImageName[]): ProxiedEngine {
	const started: { scope?: Scope; engine?: TestEngine; proxy?: EngineProxy } = {};
	const ready = <T>(service: T | undefined): T => {
		if (service === undefined) throw new Error('The engine is there only while tests run.');
		return service;
	};
	const use: ProxiedEngine = {
		get engine() {
			return ready(started.engine);
		},
		get proxy() {
			return ready(started.proxy);
		},
		actionsSent: () => use.proxy.requests.filter((line) => !line.startsWith('GET')),
	};

	beforeAll(async () => {
		started.scope = await Scope.open(label);
		started.engine = await startEngine(started.scope);
		await loadImages(started.engine.docker, images);
		started.proxy = await startEngineProxy(started.engine.socketPath);
	});

	afterAll(async () => {
		await started.proxy?.close();
		await started.scope?.close();
	});

	afterEach(async () => {
		use.proxy.before = () => Promise.resolve(undefined);
		use.proxy.requests.length = 0;
		const { docker } = use.engine;
		const all = await docker.listContainers({ all: true });
		await Promise.all(all.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
	});

	return use;
}
