import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { imageTag } from '../../support/images/images';
import { startRegistry, type Registry } from '../../support/registry';
import { Scope } from '../../support/scope';
import { useImageStand } from './image-stand';

const { use, images, build, idOf, tag } = useImageStand('image-changes');
let scope: Scope;
let registry: Registry;
let locked: Registry;

beforeAll(async () => {
	scope = await Scope.open('registries');
	registry = await startRegistry(scope);
	locked = await startRegistry(scope, 'locked', true);
});

afterAll(() => scope?.close());

async function publish(name: string, text: string): Promise<{ id: string; reference: string }> {
	const reference = `${registry.address}/${name}`;
	const id = await build(reference, text);
	await use.engine.cli('push', '-q', reference);
	return { id, reference };
}

async function forget(...references: string[]): Promise<void> {
	for (const reference of references) await use.engine.docker.getImage(reference).remove();
}

describe('Pull', () => {
	test('an image is got with a summary of what was done; again, nothing has changed', async () => {
		const { id, reference } = await publish('shop/web:1', 'one');
		await forget(reference);
		const first = await images().pull(reference);
		expect(first).toMatchObject({
			changed: true,
			name: reference,
			id,
			previousId: null,
			digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
			status: `Downloaded newer image for ${reference}`,
			layers: 2,
			layersPresent: 1,
		});
		const again = await images().pull(reference);
		expect(again).toMatchObject({ changed: false, id, previousId: id, downloadedBytes: 0 });
		expect(again.status).toBe(`Image is up to date for ${reference}`);
	});

	test('a newer image under the same name is a change, and the former one is told; a digest stands for one', async () => {
		const old = await publish('shop/app', 'old');
		const [digest = ''] = (await use.engine.docker.getImage(old.reference).inspect()).RepoDigests;
		const fresh = await publish('shop/app', 'new');
		await tag(old.id, `${registry.address}/shop/app`, 'latest');
		const result = await images().pull(`${registry.address}/shop/app`);
		expect(result).toMatchObject({ changed: true, id: fresh.id, previousId: old.id });
		expect(result.name).toBe(`${registry.address}/shop/app:latest`);
		expect(await images().pull(digest)).toMatchObject({ changed: false, id: old.id, name: digest });
	});

	test('a dry run asks no registry: what only it knows is null', async () => {
		const dryRun = true;
		expect(await images().pull(imageTag('web'), { dryRun })).toMatchObject({ changed: null, dryRun });
		expect(await images().pull('127.0.0.1:1/none', { dryRun })).toMatchObject({ changed: true, id: null });
		expect(use.actionsSent()).toEqual([]);
	});

	test('what the rights do not cover is not asked for', async () => {
		const some = images({ allowedImages: 'nginx:*' });
		await expect(some.pull(`${registry.address}/nginx:1`)).rejects.toMatchObject({ code: 'not_permitted' });
		await expect(images({ accessLevel: 'control' }).pull('nginx')).rejects.toMatchObject({
			code: 'not_permitted',
		});
		expect(use.actionsSent()).toEqual([]);
	});

	test('a registry that has no such image, refuses, is not there or has had enough is told as that', async () => {
		const tired = await refusing(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.');
		const { port } = tired.address() as AddressInfo;
		const attempts: [reference: string, code: string][] = [
			[`${registry.address}/shop/none:7`, 'image_missing'],
			[`${locked.address}/shop/private:1`, 'registry_refused'],
			['127.0.0.1:1/shop/web:1', 'registry_unreachable'],
			[`127.0.0.1:${port}/shop/web:1`, 'registry_limit'],
		];
		for (const [reference, code] of attempts) {
			await expect(images().pull(reference)).rejects.toMatchObject({
				code,
				message: expect.stringContaining(`The image "${reference}" was not pulled: `),
				remedy: expect.stringMatching(/\S/),
			});
		}
		tired.close();
	});

	test('an error that comes after the first lines is an error, and a cut answer is no success', async () => {
		const lines = [
			{ status: 'Pulling from shop/web', id: '1' },
			{ id: 'abc', status: 'Downloading', progressDetail: { current: 1, total: 9 } },
			{
				error: 'x',
				errorDetail: { message: 'write /var/lib/docker/tmp/é: no space left on device\u0007' },
			},
		].map((line) => JSON.stringify(line));
		const answer = (body: string) => {
			use.proxy.before = ({ url }) =>
				Promise.resolve(url?.includes('/images/create') ? { status: 200, body } : undefined);
		};
		answer(lines.join('\r\n'));
		await expect(images().pull('shop/web:1')).rejects.toMatchObject({
			code: 'disk_full',
			message: 'The image "shop/web:1" was not pulled: write /var/lib/docker/tmp/é: no space left on device.',
		});
		answer('{"error":"GET https://cdn.example.com/layer?token=geheim: 403 Forbidden"}\n');
		const refused = images().pull('shop/web:1');
		await expect(refused).rejects.toMatchObject({ code: 'registry_refused' });
		await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('geheim') });
	});

	test('a pull that is cancelled ends at once', async () => {
		const controller = new AbortController();
		use.proxy.before = ({ url }) => {
			if (!url?.includes('/images/create')) return Promise.resolve(undefined);
			controller.abort();
			return new Promise(() => {});
		};
		const pulling = images().pull(`${registry.address}/shop/web:1`, { signal: controller.signal });
		await expect(pulling).rejects.toMatchObject({ code: 'cancelled' });
	});

	async function refusing(status: number, code: string, message: string): Promise<Server> {
		const server = createServer((_, answer) => {
			answer.writeHead(status, { 'content-type': 'application/json' });
			answer.end(JSON.stringify({ errors: [{ code, message }] }));
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return server;
	}
});

describe('Tag', () => {
	test('a name is given, given again without a change, and taken from another image', async () => {
		const [tools, web] = [await idOf(imageTag('tools')), await idOf(imageTag('web'))];
		const result = { name: 'shop/web:stable', id: tools };
		const dry = await images().tag(imageTag('tools'), 'shop/web:stable', { dryRun: true });
		expect(dry).toEqual({ ...result, changed: true, previousId: null, dryRun: true });
		expect(use.actionsSent()).toEqual([]);
		expect(await images().tag(imageTag('tools'), 'shop/web:stable')).toMatchObject({ changed: true });
		expect(await images().tag(tools, 'shop/web:stable')).toMatchObject({ changed: false, previousId: tools });
		const moved = await images().tag(imageTag('web'), 'docker.io/shop/web:stable');
		expect(moved).toEqual({ changed: true, name: 'shop/web:stable', id: web, previousId: tools });
		expect(await idOf('shop/web:stable')).toBe(web);
	});

	test('both names must be covered, and a digest is no name', async () => {
		const some = images({ allowedImages: 'opsdesk-test/*' });
		await expect(some.tag(imageTag('web'), 'other/web:1')).rejects.toMatchObject({ code: 'not_permitted' });
		const other = images({ allowedImages: 'shop/*' });
		await expect(other.tag(imageTag('web'), 'shop/web:1')).rejects.toMatchObject({ code: 'not_permitted' });
		const digest = `shop/web@sha256:${'0'.repeat(64)}`;
		await expect(images().tag(imageTag('web'), digest)).rejects.toMatchObject({ code: 'invalid_reference' });
		expect(use.actionsSent()).toEqual([]);
	});

	test('a name that helpers are made from is given to no image that is foreign', async () => {
		for (const name of [
			'busybox:9',
			'docker.io/library/busybox:9',
			'postgres',
			'docker.n8n.io/n8nio/n8n:9',
		]) {
			for (const allowedImages of ['*', 'opsdesk-test/*, busybox:*, postgres:*, docker.n8n.io/*']) {
				const given = images({ allowedImages }).tag(imageTag('tools'), name);
				await expect(given).rejects.toMatchObject({
					code: 'not_permitted',
					remedy: expect.stringContaining('"Helper Image"'),
				});
			}
		}
		expect(use.actionsSent()).toEqual([]);
		const id = await build('postgres:17', 'official');
		expect(await images().tag('postgres:17', 'postgres:before')).toMatchObject({ changed: true, id });
	});
});

describe('Remove', () => {
	test('one name of several goes alone; with the last the image goes; again, nothing has changed', async () => {
		const id = await build('shop/a:1', 'one');
		await tag(id, 'shop/b', '1');
		const dry = await images().remove('shop/a:1', { dryRun: true });
		expect(dry).toMatchObject({ changed: true, deleted: false, untagged: ['shop/a:1'], dryRun: true });
		expect(await images().remove('shop/a:1')).toMatchObject({ deleted: false, untagged: ['shop/a:1'] });
		expect(await images().remove('shop/b:1')).toMatchObject({ changed: true, deleted: true, id });
		expect(await images().remove('shop/b:1')).toMatchObject({ changed: false, deleted: false, id: null });
	});

	test('by its id an image goes with all its names, which must all be covered', async () => {
		const id = await build('shop/a:1', 'two');
		await tag(id, 'other/b', '1');
		const some = images({ allowedImages: 'shop/*' });
		await expect(some.remove(id)).rejects.toMatchObject({
			code: 'not_permitted',
			message: expect.stringContaining(`"${id}"`),
		});
		expect(use.actionsSent()).toEqual([]);
		const gone = await images().remove(id);
		expect(gone.deleted).toBe(true);
		expect(gone.untagged.sort()).toEqual(['other/b:1', 'shop/a:1']);
	});

	test('an image in use stays; by force it goes while only stopped containers were made from it', async () => {
		const { docker } = use.engine;
		await build('shop/a:1', 'three');
		const container = await docker.createContainer({
			name: 'site',
			Image: 'shop/a:1',
			Cmd: ['sleep', '60'],
			StopTimeout: 0,
		});
		for (const dryRun of [true, false]) {
			await expect(images().remove('shop/a:1', { dryRun })).rejects.toMatchObject({
				code: 'conflict',
				message: 'The image "shop/a:1" is in use by site.',
			});
		}
		await container.start();
		await expect(images().remove('shop/a:1', { force: true })).rejects.toMatchObject({ code: 'conflict' });
		await container.stop();
		expect(use.actionsSent()).toEqual([]);
		expect(await images().remove('shop/a:1', { force: true })).toMatchObject({ changed: true });
	});

	test('the only name may have gone to another image meanwhile: that one is left alone', async () => {
		const first = await build('shop/a:1', 'four');
		await tag(first, 'shop/keep', '1');
		await forget('shop/keep:1');
		const other = await build('shop/other:1', 'five');
		use.proxy.before = async ({ method }) => {
			if (method === 'DELETE') await tag(other, 'shop/a', '1');
			return undefined;
		};
		await images().remove('shop/a:1');
		expect(await idOf('shop/a:1')).toBe(other);
	});
});
