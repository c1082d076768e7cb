import { Containers, Images, Networks, parseConnection, updateContainer } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

/* Errors about what a credential does not cover: whoever gives an id must not learn the name behind it. */

const use = useProxiedEngine('not-covered', ['tools']);

function connection() {
	const { host, port } = use.proxy;
	const names = { allowedContainers: 'shop-*', allowedNetworks: 'shop_*', allowedImages: 'shop/*' };
	const rights = { accessLevel: 'full', ...names, timeoutSeconds: 10 };
	return parseConnection({ ...rights, connectionType: 'tcp', host, port });
}

const create = (name: string) => use.engine.docker.createContainer({ name, Image: imageTag('tools') });

async function refusal(attempt: () => Promise<unknown>): Promise<string> {
	const thrown: unknown = await attempt().then(
		() => {
			throw new Error('It was accepted.');
		},
		(error: unknown) => error,
	);
	expect(thrown).toMatchObject({ code: 'not_permitted' });
	return `${String(thrown)} ${JSON.stringify(thrown)}`;
}

test('DK-6 an id that leads to another container is refused without its name', async () => {
	const { id } = await create('secret-project');
	const containers = new Containers(connection());
	for (const reference of [id, id.slice(0, 12)]) {
		for (const attempt of [
			() => containers.get(reference),
			() => containers.logs(reference),
			() => containers.start(reference),
			() => containers.stop(reference),
			() => containers.remove(reference),
			() => containers.execute(reference, ['true']),
			() => containers.waitFor(reference, 'running'),
			() => containers.copyTo(reference, '/tmp/x', Buffer.from('x')),
		]) {
			const said = await refusal(attempt);
			expect(said).toContain(`does not cover the container "${reference}"`);
			expect(said).not.toContain('secret-project');
		}
	}
});

test('DK-5 the beginning of several ids tells the names that are covered, and how many others there are', async () => {
	const byFirst = new Map<string, string[]>();
	for (let index = 0; ; index += 1) {
		// One of both kinds by turns, until a digit begins the ids of one of each.
		const name = index % 2 === 0 ? `shop-${index}` : `secret-project-${index}`;
		const { id } = await create(name);
		const alike = [...(byFirst.get(id.slice(0, 1)) ?? []), name];
		byFirst.set(id.slice(0, 1), alike);
		if (!alike.some((one) => one.startsWith('shop')) || !alike.some((one) => one.startsWith('secret')))
			continue;
		const thrown: unknown = await new Containers(connection()).get(id.slice(0, 1)).catch((e: unknown) => e);
		expect(thrown).toMatchObject({
			code: 'ambiguous',
			message: expect.stringMatching(/container ids: (shop-\d+ \([0-9a-f]{12}\),? )+and \d+ more\.$/),
		});
		expect(String(thrown)).not.toContain('secret-project');
		break;
	}
});

test('DK-6 an id that leads to another image or network is refused without its name', async () => {
	const { docker } = use.engine;
	const { Id: image } = await docker.getImage(imageTag('tools')).inspect();
	const images = new Images(connection());
	for (const attempt of [
		() => images.get(image),
		() => images.remove(image),
		() => images.tag(image, 'shop/mine:1'),
	]) {
		expect(await refusal(attempt)).not.toContain('opsdesk-test');
	}
	await use.engine.cli('tag', imageTag('tools'), 'shop/tools:1');
	// Of one that has a name of each kind as well, the other name is not told.
	expect(await refusal(() => images.remove(image))).not.toContain('opsdesk-test');
	await docker.getImage('shop/tools:1').remove();

	const { id } = await docker.createNetwork({ Name: 'secret_project' });
	const networks = new Networks(connection());
	for (const attempt of [() => networks.get(id), () => networks.remove(id)]) {
		expect(await refusal(attempt)).not.toContain('secret_project');
	}
	await docker.getNetwork(id).remove();
});

test('an update that another container is in the way of does not tell its name', async () => {
	const leader = await use.engine.docker.createContainer({
		name: 'shop-vpn',
		Image: imageTag('tools'),
		Cmd: ['sleep', '1000'],
	});
	await leader.start();
	const HostConfig = { NetworkMode: `container:${leader.id}` };
	await use.engine.docker.createContainer({ name: 'secret-project', Image: imageTag('tools'), HostConfig });
	const thrown: unknown = await updateContainer(connection(), 'shop-vpn', { pull: false }).catch(
		(error: unknown) => error,
	);
	expect(thrown).toMatchObject({
		code: 'conflict',
		message: expect.stringContaining('is shared by another container, which would lose it'),
	});
	expect(String(thrown)).not.toContain('secret-project');
});
