import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

import {
	describeAccess,
	Engine,
	Helper,
	parseConnection,
	ProgramsContainer,
	reportAccess,
	Throwaway,
} from '../../../src/docker';
import { helperImages, isKnownName } from '../../../src/docker/helper-image';
import { imageTag, loadImage } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';
import { Scope } from '../../support/scope';

/** Foreign, whatever it holds. */
const foreign = imageTag('tools');
const socketProxy = 'tecnativa/docker-socket-proxy:v0.4';
const use = useProxiedEngine('helper-image', ['tools']);
let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('helper-image-files');
	mkdirSync(scope.path('data'));
	mkdirSync(scope.path('empty', 'etc'), { recursive: true });
	execFileSync('tar', ['-C', scope.path('empty'), '-cf', scope.path('empty.tar'), '.']);
});
afterAll(() => scope.close());

afterEach(async () => {
	for (const tag of ['busybox:1', 'alpine:3', 'shop/tools:1', socketProxy]) {
		await use.engine.docker
			.getImage(tag)
			.remove()
			.catch(() => {});
	}
});

const connection = (more: Record<string, unknown> = {}) =>
	parseConnection({
		connectionType: 'tcp',
		host: use.proxy.host,
		port: use.proxy.port,
		accessLevel: 'full',
		allowedContainers: '*',
		allowedHostPaths: scope.folder,
		...more,
	});

/** Names of the image that a helper is made from. */
async function imageOfHelper(more: Record<string, unknown> = {}): Promise<string[]> {
	const mount = { type: 'hostPath' as const, path: scope.path('data'), readOnly: true };
	const helper = await Helper.open(connection(more), { purpose: 'test', site: 'shop', mount });
	try {
		const { docker } = use.engine;
		const { Image } = await docker.getContainer(helper.id).inspect();
		return (await docker.getImage(Image).inspect()).RepoTags;
	} finally {
		await helper.close();
	}
}

/** An image of its own under this name. */
const brought = (tag: string): Promise<void> => loadImage(use.engine.docker, 'tools', tag);

test('a foreign image is never made a helper, whatever it is called besides, and the error says what to do', async () => {
	for (const tag of ['shop/tools:1', 'busybox:1']) await use.engine.cli('tag', foreign, tag);
	const wanted = { code: 'no_helper_image', remedy: expect.stringMatching(/busybox.*"Helper Image"/) };
	await expect(imageOfHelper()).rejects.toMatchObject(wanted);
	const throwaway = Throwaway.create(connection(), { name: 'opsdesk-test', site: 'shop', volumeAt: '/data' });
	await expect(throwaway).rejects.toMatchObject(wanted);
	expect(use.actionsSent()).toEqual([]);
});

test('an official image is taken without being named, and one without a shell is passed over', async () => {
	await use.engine.cli('import', scope.path('empty.tar'), 'alpine:3');
	await expect(imageOfHelper()).rejects.toMatchObject({ code: 'no_helper_image' });
	await brought('busybox:1');
	expect(await imageOfHelper()).toContain('busybox:1');
});

test('images of well-known projects are taken too, but not what a registry of such a name holds', async () => {
	await brought(socketProxy);
	expect(await imageOfHelper()).toEqual([socketProxy]);
	for (const name of [
		'postgis/postgis:17-3.5',
		'pgvector/pgvector@sha256:00',
		'nginx',
		'ghcr.io/n8n-io/n8n:2',
	])
		expect([name, isKnownName(name)]).toEqual([name, true]);
	for (const name of ['busybox:5000/shop/web:1', 'shop/busybox:1', 'ghcr.io/busybox:1', 'postgis/other:1'])
		expect([name, isKnownName(name)]).toEqual([name, false]);
});

test("the image that n8n itself runs from is taken, whoever's it is", async () => {
	const engine = new Engine(connection());
	const { id } = await use.engine.docker.createContainer({ Image: foreign });
	const traces = { mountinfo: '', cgroup: `0::/docker/${id}`, hostname: 'n8n', inContainer: true };
	const { Id } = await use.engine.docker.getImage(foreign).inspect();
	expect(await helperImages(engine, undefined, traces)).toEqual([Id]);
	expect(
		await helperImages(engine, undefined, { ...traces, cgroup: `0::/docker/${'0'.repeat(64)}` }),
	).toEqual([]);
});

test('the report of a credential says when there is no image for helpers', async () => {
	const report = async (more = {}) => describeAccess(await reportAccess(connection(more)));
	expect(await report()).toMatch(/volumes and paths of the host cannot be backed up: .*docker pull busybox/);
	expect(await report({ accessLevel: 'control' })).not.toContain('backed up');
	await brought('busybox:1');
	expect(await report()).not.toContain('backed up');
	expect(await report({ helperImage: 'shop/none:1' })).toContain('There is no image "shop/none:1"');
	use.proxy.before = ({ url }) =>
		Promise.resolve(url?.includes('/images/json') ? { status: 403, body: '<html>403</html>' } : undefined);
	expect(await report()).toContain('the proxy refuses what backups need');
});

test('the image that the credential names is taken and no other, by name or by id', async () => {
	await use.engine.cli('import', scope.path('empty.tar'), 'busybox:1');
	const { Id } = await use.engine.docker.getImage(foreign).inspect();
	for (const helperImage of [foreign, Id]) expect(await imageOfHelper({ helperImage })).toContain(foreign);
	await expect(imageOfHelper({ helperImage: 'busybox:1' })).rejects.toMatchObject({
		code: 'no_helper_image',
		message: expect.stringContaining('"busybox:1"'),
	});
	await expect(imageOfHelper({ helperImage: 'shop/none:1' })).rejects.toMatchObject({
		code: 'no_helper_image',
		message: expect.stringContaining('There is no image "shop/none:1"'),
	});
	expect(() => connection({ helperImage: 'no name' })).toThrow(/helperImage/i);
});

test('what could not be begun is removed by its id, which is all that the proxy passes', async () => {
	await brought('busybox:1');
	use.proxy.before = ({ method, url }) => {
		const path = url?.split('?')[0] ?? '';
		const isRefused = path.endsWith('/start') || (method === 'DELETE' && !/\/[0-9a-f]{64}$/.test(path));
		return Promise.resolve(isRefused ? { status: 403, body: '<html>403</html>' } : undefined);
	};
	await expect(imageOfHelper()).rejects.toMatchObject({ code: 'proxy_refused' });
	const { Id } = await use.engine.docker.getImage('busybox:1').inspect();
	const programs = ProgramsContainer.open(connection(), { image: Id, purpose: 'test' });
	await expect(programs).rejects.toMatchObject({ code: 'proxy_refused' });
	expect(await use.engine.docker.listContainers({ all: true })).toEqual([]);
});
