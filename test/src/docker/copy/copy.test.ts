import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';

import { Containers, parseConnection } from '../../../../src/docker';
import { imageTag } from '../../../support/images/images';
import { useProxiedEngine } from '../../../support/proxied-engine';

const use = useProxiedEngine('copy', ['tools']);
const { actionsSent } = use;
const folder = mkdtempSync(join(tmpdir(), 'opsdesk-copy-'));
afterAll(() => rmSync(folder, { recursive: true }));

function containers(rights: Record<string, unknown> = {}): Containers {
	const { host, port } = use.proxy;
	const full = { accessLevel: 'full', allowedContainers: 'shop-*', timeoutSeconds: 10 };
	return new Containers(parseConnection({ ...full, ...rights, connectionType: 'tcp', host, port }));
}

async function start(options: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> {
	const container = await use.engine.docker.createContainer({
		name: 'shop-web',
		Image: imageTag('tools'),
		Cmd: ['sleep', '1000'],
		...options,
	});
	await container.start();
	return container;
}

const sh = async (script: string) =>
	(await containers().execute('shop-web', ['sh', '-c', script])).stdout.text();
const copyFrom = (path: string, options = {}) => containers().copyFrom('shop-web', path, options);
const copyTo = (path: string, content: Buffer, options = {}) =>
	containers().copyTo('shop-web', path, content, options);

describe('copying from a container', () => {
	test('a file comes as itself, with its size, mode and owner', async () => {
		const { id } = await start();
		await sh(
			'mkdir -p /srv/www; printf "hello ä" > /srv/www/page; chmod 640 /srv/www/page; chown 7:8 /srv/www/page',
		);
		const copied = await copyFrom('/srv//www/./page');
		expect(copied).toMatchObject({
			id,
			container: 'shop-web',
			path: '/srv/www/page',
			kind: 'file',
			name: 'page',
			sizeBytes: 8,
			mode: '0640',
			uid: 7,
			gid: 8,
		});
		expect((await buffer(copied.content)).toString()).toBe('hello ä');
	});

	test.each([0, 1, 511, 512, 513, 3_000_001])(
		'a file of %d bytes comes through unchanged',
		async (sizeBytes) => {
			await start();
			const bytes = randomBytes(sizeBytes);
			await copyTo('/tmp/bytes', bytes);
			expect((await buffer((await copyFrom('/tmp/bytes')).content)).equals(bytes)).toBe(true);
		},
	);

	test('names that are long or not ASCII are no trouble', async () => {
		await start();
		const name = `ä${'n'.repeat(200)}`;
		await copyTo(`/tmp/${name}`, Buffer.from('x'));
		const copied = await copyFrom(`/tmp/${name}`);
		expect(copied).toMatchObject({ name, sizeBytes: 1 });
		expect((await buffer(copied.content)).toString()).toBe('x');
	});

	test('a folder comes as a tar archive, also from a stopped container', async () => {
		const container = await start();
		await sh('mkdir -p /srv/www/deep; echo one > /srv/www/one; echo two > /srv/www/deep/two');
		await container.stop({ t: 0 });
		const copied = await copyFrom('/srv/www');
		expect(copied).toMatchObject({ kind: 'folder', name: 'www', sizeBytes: null });
		writeFileSync(join(folder, 'www.tar'), await buffer(copied.content));
		const list = execFileSync('tar', ['-tf', join(folder, 'www.tar')], { encoding: 'utf8' });
		expect(list.trim().split('\n').sort()).toEqual(['www/', 'www/deep/', 'www/deep/two', 'www/one']);
	});

	test('a link is followed within the container', async () => {
		await start();
		await sh(
			'echo inside > /tmp/target; ln -s /tmp/target /srv-link; ln -s /srv-link /srv-link-2; ln -s loop /loop',
		);
		const copied = await copyFrom('/srv-link-2');
		expect(copied).toMatchObject({ path: '/tmp/target', name: 'target' });
		expect((await buffer(copied.content)).toString()).toBe('inside\n');
		await expect(copyFrom('/loop')).rejects.toMatchObject({
			code: expect.stringMatching(/path_missing|engine_error/),
		});
	});

	test('what is larger than the limit is refused, a file before it is read', async () => {
		await start();
		await sh('mkdir /srv; dd if=/dev/zero of=/srv/zeros bs=1000 count=2000 2>/dev/null');
		const limit = { limitBytes: 1_000_000 };
		await expect(copyFrom('/srv/zeros', limit)).rejects.toMatchObject({ code: 'answer_too_large' });
		const { content } = await copyFrom('/srv', limit);
		await expect(buffer(content)).rejects.toMatchObject({ code: 'answer_too_large' });
	});

	test('what is not there, and what is no file, is told', async () => {
		await start();
		await sh('mkfifo /tmp/pipe');
		await expect(copyFrom('/nowhere')).rejects.toMatchObject({
			code: 'path_missing',
			message: 'The container has no "/nowhere".',
		});
		await expect(copyFrom('/tmp/pipe')).rejects.toMatchObject({ code: 'not_a_file' });
	});

	test('an archive that ends in the middle is an error, not a short file', async () => {
		await start();
		await copyTo('/tmp/bytes', randomBytes(3_000_000));
		const copied = await copyFrom('/tmp/bytes');
		const reading = buffer(copied.content);
		use.proxy.cut();
		await expect(reading).rejects.toMatchObject({ code: 'answer_cut' });
	});
});

describe('copying to a container', () => {
	test('a file gets its content, mode and owner; the same again changes nothing', async () => {
		const { id } = await start();
		const content = Buffer.from('listen 8080\n');
		const options = { mode: '0600', owner: '33:44' };
		expect(await copyTo('/tmp/site.conf', content, { ...options, dryRun: true })).toMatchObject({
			changed: true,
			dryRun: true,
		});
		expect(actionsSent()).toEqual([]);
		const result = await copyTo('/tmp/site.conf', content, options);
		expect(result).toEqual({ id, name: 'shop-web', path: '/tmp/site.conf', sizeBytes: 12, changed: true });
		expect(await sh('stat -c "%a %u %g %s" /tmp/site.conf; cat /tmp/site.conf')).toBe(
			'600 33 44 12\nlisten 8080\n',
		);
		expect(await copyTo('/tmp/site.conf', content, options)).toMatchObject({ changed: false });
		for (const change of [{ mode: '644' }, { owner: '33' }]) {
			expect(await copyTo('/tmp/site.conf', content, { ...options, ...change })).toMatchObject({
				changed: true,
			});
		}
		expect(await copyTo('/tmp/site.conf', Buffer.from('listen 8081\n'), options)).toMatchObject({
			changed: true,
		});
		expect(await sh('cat /tmp/site.conf')).toBe('listen 8081\n');
	});

	test('an archive is unpacked into a folder', async () => {
		await start();
		writeFileSync(join(folder, 'page'), 'hello');
		const archive = execFileSync('tar', ['-C', folder, '-cf', '-', 'page']);
		await copyTo('/tmp', archive, { unpack: true });
		expect(await sh('cat /tmp/page')).toBe('hello');
		await expect(
			copyTo('/tmp', Buffer.from('no archive'.repeat(100)), { unpack: true }),
		).rejects.toMatchObject({
			code: 'engine_error',
		});
	});

	test('a folder that is not there or read-only, and a folder in place of the file, is told', async () => {
		await start({ HostConfig: { ReadonlyRootfs: true, Tmpfs: { '/tmp': '' } } });
		await expect(copyTo('/nowhere/file', Buffer.from('x'))).rejects.toMatchObject({ code: 'path_missing' });
		await expect(copyTo('/etc/file', Buffer.from('x'))).rejects.toMatchObject({ code: 'read_only' });
		await use.engine.docker.getContainer('shop-web').remove({ force: true });
		await start();
		await expect(copyTo('/etc', Buffer.from('x'))).rejects.toMatchObject({ code: 'conflict' });
		expect(await sh('ls -d /etc')).toBe('/etc\n');
	});
});

test.each(['', 'etc/passwd', '/srv/../etc/passwd', '/a\0b', `/${'x'.repeat(300)}`, '../etc', '/..'])(
	'%j is no path in a container, and nothing is sent',
	async (path) => {
		await start();
		await expect(copyFrom(path)).rejects.toMatchObject({ code: 'invalid_input' });
		await expect(copyTo(path, Buffer.from('x'))).rejects.toMatchObject({ code: 'invalid_input' });
		expect(use.proxy.requests).toEqual([]);
	},
);

test('DK-6 neither direction leads around level and names', async () => {
	await start({ name: 'database' });
	for (const it of [containers(), containers({ accessLevel: 'control', allowedContainers: '*' })]) {
		await expect(it.copyFrom('database', '/etc/passwd')).rejects.toMatchObject({ code: 'not_permitted' });
		const attempt = it.copyTo('database', '/etc/passwd', Buffer.from('x'));
		await expect(attempt).rejects.toMatchObject({ code: 'not_permitted' });
	}
	expect(actionsSent()).toEqual([]);
});
