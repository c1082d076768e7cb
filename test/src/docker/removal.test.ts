import { setTimeout as sleep } from 'node:timers/promises';

import {
	Containers,
	Images,
	parseConnection,
	prune,
	Volumes,
	type EngineConnection,
} from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

const use = useProxiedEngine('removal', ['tools']);
const image = 'shop/old:1';

/** Its time-out is three seconds. */
function connection(): EngineConnection {
	const { host, port } = use.proxy;
	const rights = { accessLevel: 'full', allowedContainers: '*', timeoutSeconds: 3 };
	return parseConnection({ ...rights, connectionType: 'tcp', host, port });
}

const container = (name: string, HostConfig = {}) =>
	use.engine.docker.createContainer({ name, Image: imageTag('tools'), HostConfig });

const removals: [what: string, make: () => Promise<unknown>, remove: () => Promise<unknown>][] = [
	[
		'volume',
		() => use.engine.docker.createVolume({ Name: 'shop_old' }),
		() => new Volumes(connection()).remove('shop_old'),
	],
	['image', () => use.engine.cli('import', '/dev/null', image), () => new Images(connection()).remove(image)],
	['container', () => container('shop-old'), () => new Containers(connection()).remove('shop-old')],
];
const rules = { containers: true, images: 'none', networks: false, olderThanHours: 0 } as const;
const prunes: typeof removals = [
	[
		'pruned volume',
		() => use.engine.docker.createVolume({ Name: 'shop_old' }),
		() => prune(connection(), { ...rules, volumes: 'all', buildCache: false }),
	],
	[
		'pruned container',
		() => container('shop-old'),
		() => prune(connection(), { ...rules, buildCache: false }),
	],
	[
		'pruned image',
		() => use.engine.cli('import', '/dev/null', image),
		() => prune(connection(), { ...rules, images: 'unused', keep: ['opsdesk-test/*'], buildCache: false }),
	],
];

test.each([...removals, ...prunes])(
	'the removal of a %s may take the engine longer than other answers',
	async (_, make, remove) => {
		await make();
		use.proxy.before = async ({ method, url }) => {
			if (method === 'DELETE' || url?.includes('size=true')) await sleep(4000);
			return undefined;
		};
		expect(await remove()).toMatchObject({ changed: true });
	},
);

test.each([...removals, ...prunes])(
	'a %s whose removal was carried out is no failure when the answer is lost',
	async (what, make, remove) => {
		await make();
		use.proxy.before = async ({ method, url }) => {
			if (method !== 'DELETE') return undefined;
			const path = url?.replace(/^\/v[\d.]+/, '').split('?')[0] ?? '';
			await fetchFrom(path);
			use.proxy.cut();
			return undefined;
		};
		const result = await remove();
		expect(result).toMatchObject({ changed: true });
		if (what.startsWith('pruned')) expect(result).toMatchObject({ removed: [{}], failed: [], skipped: [] });
		else expect(result).toMatchObject({ deleted: true });
	},
);

/** Removes it past the proxy. */
async function fetchFrom(path: string): Promise<void> {
	const { docker } = use.engine;
	const [, kind, name = ''] = /^\/(\w+)\/(.+)$/.exec(path) ?? [];
	const id = decodeURIComponent(name);
	if (kind === 'volumes') await docker.getVolume(id).remove();
	else if (kind === 'images') await docker.getImage(id).remove();
	else await docker.getContainer(id).remove();
}

test.each(removals)(
	'a %s that stays although no answer came is a failure that says so',
	async (_, make, remove) => {
		await make();
		use.proxy.before = ({ method }) =>
			Promise.resolve(method === 'DELETE' ? { status: 504, body: '<html>504</html>' } : undefined);
		await expect(remove()).rejects.toMatchObject({
			code: 'timeout',
			message: expect.stringContaining('is still there; the engine may yet be at it'),
		});
		use.proxy.before = () => Promise.resolve(undefined);
		await remove();
	},
);

test('of the volumes of a container only those are told that really went with it', async () => {
	const { docker } = use.engine;
	const [named, shared] = ['a'.repeat(64), 'b'.repeat(64)];
	for (const Name of [named, shared]) await docker.createVolume({ Name });
	const Mounts = [
		{ Type: 'volume' as const, Target: '/named', Source: named },
		{ Type: 'volume' as const, Target: '/own', Source: '' },
	];
	const made = await container('shop-old', { Mounts });
	const own = (await made.inspect()).Mounts.find(({ Destination }) => Destination === '/own')?.Name;
	const containers = new Containers(connection());
	expect(await containers.remove('shop-old', { volumes: true })).toMatchObject({ volumes: [own] });
	const left = await docker.listVolumes();
	expect(left.Volumes.map(({ Name }) => Name).sort()).toEqual([named, shared]);
	for (const Name of [named, shared]) await docker.getVolume(Name).remove();
});
