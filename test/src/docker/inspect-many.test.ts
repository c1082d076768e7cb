import { Containers, DockerError, Engine, parseConnection } from '../../../src/docker';
import { inspectMany } from '../../../src/docker/inspect-many';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

const use = useProxiedEngine('inspect-many', ['tools']);

function connection(timeoutSeconds = 10) {
	const { host, port } = use.proxy;
	const rights = { accessLevel: 'read', allowedContainers: '*', timeoutSeconds };
	return parseConnection({ ...rights, connectionType: 'tcp', host, port });
}

async function create(count: number): Promise<string[]> {
	const made = Array.from({ length: count }, (_, index) =>
		use.engine.docker.createContainer({ name: `small-${index}`, Image: imageTag('tools') }),
	);
	return (await Promise.all(made)).map(({ id }) => id);
}

/** Looks at all of them past the code under test. @returns milliseconds */
async function inspectPlainly(ids: readonly string[]): Promise<number> {
	const startedAt = performance.now();
	const left = [...ids];
	const work = async (): Promise<void> => {
		for (let id = left.pop(); id !== undefined; id = left.pop())
			await use.engine.docker.getContainer(id).inspect();
	};
	await Promise.all(Array.from({ length: 16 }, work));
	return performance.now() - startedAt;
}

const never = () => new Promise<undefined>(() => {});
const isInspect = (url: string | undefined, id?: string) => url?.includes(`/containers/${id ?? ''}`);

test('DK-29: 500 containers are listed and inspected within 2 seconds, some at a time', async () => {
	const ids: string[] = [];
	while (ids.length < 500) {
		const made = Array.from({ length: 20 }, (_, index) =>
			use.engine.docker.createContainer({ name: `many-${ids.length + index}`, Image: imageTag('tools') }),
		);
		ids.push(...(await Promise.all(made)).map(({ id }) => id));
	}
	const socket = { connectionType: 'socket', socketPath: use.engine.socketPath };
	const direct = parseConnection({ ...socket, accessLevel: 'read', allowedContainers: '*' });
	const durations: number[] = [];
	const references: number[] = [];
	for (let round = 0; round < 3; round += 1) {
		const startedAt = performance.now();
		const listed = await new Containers(direct).list();
		const found = await inspectMany(
			new Engine(direct),
			listed.map(({ id }) => id),
		);
		durations.push(performance.now() - startedAt);
		references.push(await inspectPlainly(ids));
		expect(listed).toHaveLength(500);
		expect([...found.keys()].sort()).toEqual(ids.sort());
		expect([...found.values()].filter((one) => one instanceof DockerError)).toEqual([]);
	}
	expect(Math.min(...durations)).toBeLessThan(Math.max(2000, 2 * Math.min(...references)));
});

test('DK-29: one hanging inspect does not block the rest, and is told as what it is', async () => {
	const ids = await create(12);
	const [hanging = ''] = ids;
	const order: string[] = [];
	use.proxy.before = ({ url }) => {
		order.push(url ?? '');
		return isInspect(url, hanging) ? never() : Promise.resolve(undefined);
	};
	const found = await inspectMany(new Engine(connection()), ids, { concurrency: 2, timeoutMs: 5000 });
	expect([...found.keys()]).toEqual(ids);
	expect(found.get(hanging)).toMatchObject({ code: 'timeout' });
	for (const id of ids.slice(1)) expect(found.get(id)).toMatchObject({ Id: id });
	expect(order.filter((url) => isInspect(url))).toHaveLength(12);
});

test('never more than the given number are asked for at the same time', async () => {
	const ids = await create(12);
	let [now, most] = [0, 0];
	use.proxy.before = async ({ url }) => {
		if (!isInspect(url)) return undefined;
		most = Math.max(most, (now += 1));
		await new Promise((resolve) => setTimeout(resolve, 20));
		now -= 1;
		return undefined;
	};
	await inspectMany(new Engine(connection()), ids, { concurrency: 3 });
	expect(most).toBe(3);
});

test('an engine that answers nothing any more is not asked for every single container', async () => {
	const ids = await create(12);
	use.proxy.before = ({ url }) => (isInspect(url) ? never() : Promise.resolve(undefined));
	const found = await inspectMany(new Engine(connection()), ids, { concurrency: 2, timeoutMs: 100 });
	expect([...found.values()].map((one) => (one instanceof DockerError ? one.code : one.Id))).toEqual(
		ids.map(() => 'timeout'),
	);
	expect(use.proxy.requests.filter((line) => isInspect(line)).length).toBeLessThanOrEqual(4);
});

test('a container that was removed, another answer and an id that is none are told one by one', async () => {
	const ids = await create(3);
	const [gone = '', mixed = '', well = ''] = ids;
	await use.engine.docker.getContainer(gone).remove();
	const body = JSON.stringify(await use.engine.docker.getContainer(well).inspect());
	use.proxy.before = ({ url }) => Promise.resolve(isInspect(url, mixed) ? { status: 200, body } : undefined);
	const found = await inspectMany(new Engine(connection()), [...ids, '../info', well]);
	expect([...found].map(([id, one]) => [id, one instanceof DockerError ? one.code : one.Id])).toEqual([
		[gone, 'not_found'],
		[mixed, 'not_an_engine'],
		[well, well],
		['../info', 'invalid_reference'],
	]);
	expect(use.proxy.requests.some((line) => line.includes('info'))).toBe(false);
});

test('a cancelled look at many ends at once', async () => {
	const ids = await create(4);
	const controller = new AbortController();
	use.proxy.before = ({ url }) => {
		if (!isInspect(url)) return Promise.resolve(undefined);
		controller.abort();
		return never();
	};
	const looking = inspectMany(new Engine(connection()), ids, { signal: controller.signal });
	await expect(looking).rejects.toMatchObject({ code: 'cancelled' });
});
