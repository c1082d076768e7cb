import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import Docker from 'dockerode';

import { Containers, Images, Networks, parseConnection, prune, System, Volumes } from '../../../src/docker';
import { Scope } from '../../support/scope';
import { programPath } from '../../support/system-packages.cjs';

/**
 * What needs no running container: starting one takes Podman's own networks and control groups, which cannot be had in
 * every place where these tests run.
 */
let scope: Scope;
let socketPath: string;
let docker: Docker;

beforeAll(async () => {
	scope = await Scope.open('podman');
	const folder = scope.path('podman');
	mkdirSync(folder);
	socketPath = `${folder}/podman.sock`;
	const service = scope.start('podman-service', programPath('podman'), {
		args: [
			`--root=${folder}/root`,
			`--runroot=${folder}/run`,
			'--storage-driver=vfs',
			'--cgroup-manager=cgroupfs',
			'--events-backend=file',
			'system',
			'service',
			'--time=0',
			`unix://${socketPath}`,
		],
		env: { HOME: folder },
	});
	docker = new Docker({ socketPath });
	await service.ready(async () => (await docker.ping()) !== undefined, 30_000);
	mkdirSync(`${folder}/root-of-image`);
	writeFileSync(`${folder}/root-of-image/hello`, 'hello\n');
	execFileSync('tar', ['-cf', `${folder}/image.tar`, '-C', `${folder}/root-of-image`, '.']);
	const query = { fromSrc: '-', repo: 'shop/web', tag: '1' };
	const progress = await docker.importImage(createReadStream(`${folder}/image.tar`), query);
	await new Promise((resolve) => progress.on('end', resolve).resume());
});

afterAll(() => scope?.close());

const connection = (rights: object = {}) =>
	parseConnection({
		...{ connectionType: 'socket', socketPath, accessLevel: 'full', allowedContainers: '*' },
		...rights,
	});

test('DK-2, DK-3: Podman is told apart, and its API version is negotiated', async () => {
	const system = new System(connection());
	expect(await system.ping()).toMatchObject({ reachable: true, apiVersion: expect.stringMatching(/^1\.4/) });
	expect(await system.info()).toMatchObject({ engine: 'Podman', version: expect.stringMatching(/^\d/) });
});

test('DK-3: images, volumes and networks of Podman are listed, made and removed', async () => {
	const volumes = new Volumes(connection());
	const media = { name: 'shop_media', driver: 'local', labels: { tier: 'web' }, options: {} };
	expect(await volumes.create(media)).toMatchObject({ changed: true });
	expect(await volumes.create(media)).toMatchObject({ changed: false });
	expect(await volumes.list()).toEqual([expect.objectContaining({ name: 'shop_media', inUse: false })]);
	expect(await volumes.remove('shop_media')).toMatchObject({ deleted: true });
	expect((await new Networks(connection()).list()).map(({ name, builtIn }) => [name, builtIn])).toEqual([
		['bridge', true],
	]);
	await expect(new Networks(connection()).remove('bridge')).rejects.toMatchObject({ code: 'not_permitted' });
	const images = new Images(connection());
	const [image] = await images.list();
	expect(await images.tag(image?.id ?? '', 'shop/web:1')).toMatchObject({ changed: true, previousId: null });
	expect(await images.tag(image?.id ?? '', 'shop/web:1')).toMatchObject({ changed: false });
	expect(await images.get('shop/web:1')).toMatchObject({
		names: expect.arrayContaining(['shop/web:1']),
		inUse: false,
	});
});

test('DK-3: containers of Podman are listed and pruned', async () => {
	const [image] = await new Images(connection()).list();
	await docker.createContainer({ name: 'shop-job', Image: image?.id ?? '', Cmd: ['/hello'] });
	const listed = await new Containers(connection()).list();
	expect(listed).toEqual([expect.objectContaining({ name: 'shop-job', health: 'none' })]);
	const rules = { olderThanHours: 0, buildCache: false, images: 'none' } as const;
	const dry = await prune(connection(), rules, { dryRun: true });
	expect(dry.removed).toEqual([expect.objectContaining({ kind: 'container', name: 'shop-job' })]);
	expect((await prune(connection(), rules)).removed).toEqual(dry.removed);
	expect(await new Containers(connection()).list()).toEqual([]);
});
