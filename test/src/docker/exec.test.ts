import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ContainerPrograms, parseConnection, type DockerError } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

const stand = useProxiedEngine('exec', ['tools']);
const folder = mkdtempSync(join(tmpdir(), 'opsdesk-exec-'));
afterAll(() => rmSync(folder, { recursive: true }));

const connection = (rights: Record<string, unknown> = {}) =>
	parseConnection({
		connectionType: 'socket',
		socketPath: stand.engine.socketPath,
		accessLevel: 'full',
		allowedContainers: 'shop-*',
		...rights,
	});

async function startContainer(name: string): Promise<string> {
	const container = await stand.engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd: ['sleep', '1000'],
	});
	await container.start();
	return container.id;
}

async function failureOf(attempt: Promise<unknown>): Promise<DockerError> {
	return (await attempt.then(
		() => {
			throw new Error('It was accepted.');
		},
		(thrown: unknown) => thrown,
	)) as DockerError;
}

test('a program gives its output, what it complains about and its exit code', async () => {
	await startContainer('shop-db');
	const programs = await ContainerPrograms.of(connection(), 'shop-db');
	const result = await programs.run(['sh', '-c', 'echo out; echo err >&2; exit 3']);
	expect(result).toEqual({ exitCode: 3, stdout: Buffer.from('out\n'), stderr: 'err' });
	expect(
		(await programs.run(['sh', '-c', 'echo "$A$(id -u)"'], { env: ['A=1'], user: '99' })).stdout,
	).toEqual(Buffer.from('199\n'));
});

test('BK-17: bytes of every value come through unchanged, with complaints in between', async () => {
	const id = await startContainer('shop-db');
	const bytes = Buffer.concat([
		Buffer.from(Array.from({ length: 256 }, (_, value) => value)),
		Buffer.from('\n'),
		randomBytes(300_000),
	]);
	writeFileSync(join(folder, 'bytes'), bytes);
	const archive = execFileSync('tar', ['-C', folder, '-cf', '-', 'bytes']);
	await stand.engine.docker.getContainer(id).putArchive(archive, { path: '/tmp' });
	const programs = await ContainerPrograms.of(connection(), 'shop-db');
	const script = 'cd /tmp; head -c 100 bytes; echo one >&2; tail -c +101 bytes; echo two >&2';
	const execution = await programs.start(['sh', '-c', script]);
	const parts: Buffer[] = [];
	let complaints = '';
	for await (const { stream, payload } of execution.output) {
		if (stream === 'stdout') parts.push(payload);
		else complaints += payload.toString();
	}
	expect(await execution.exitCode()).toBe(0);
	expect(complaints).toBe('one\ntwo\n');
	expect(Buffer.concat(parts).equals(bytes)).toBe(true);
});

test('BK-14: a program that is killed ends without an error of its stream, and its exit code tells', async () => {
	const id = await startContainer('shop-db');
	const programs = await ContainerPrograms.of(connection(), 'shop-db');
	const execution = await programs.start(['sh', '-c', 'echo $$; exec sleep 100']);
	for await (const { payload } of execution.output) {
		await stand.engine.cli('exec', id, 'kill', '-9', payload.toString().trim());
	}
	expect(await execution.exitCode()).toBe(137);
});

test('a slow reader holds the program up instead of filling the memory', async () => {
	await startContainer('shop-db');
	const programs = await ContainerPrograms.of(connection(), 'shop-db');
	const execution = await programs.start([
		'sh',
		'-c',
		'for i in 1 2 3 4 5 6 7 8; do dd if=/dev/zero bs=1M count=32 2>/dev/null; echo $i > /tmp/progress; done',
	]);
	const output = execution.output[Symbol.asyncIterator]();
	await output.next();
	await new Promise((resolve) => setTimeout(resolve, 1500));
	const { stdout } = await programs.run(['sh', '-c', 'cat /tmp/progress 2>/dev/null || echo 0']);
	expect(Number(stdout.toString())).toBeLessThan(8);
	execution.close();
});

test('programs run only where level, name and state permit it', async () => {
	await startContainer('shop-db');
	await startContainer('blog-db');
	const stopped = await stand.engine.docker.createContainer({ name: 'shop-old', Image: imageTag('tools') });
	expect(stopped.id).toBeTruthy();
	const refusals: [Record<string, unknown>, string, string, RegExp][] = [
		[{ accessLevel: 'control' }, 'shop-db', 'not_permitted', /access level is "control"/],
		[{}, 'blog-db', 'not_permitted', /does not cover the container "blog-db"/],
		[{}, 'shop-old', 'not_running', /does not run \(it is created\)/],
		[{}, 'shop-none', 'not_found', /no container "shop-none"/],
	];
	for (const [rights, name, code, message] of refusals) {
		const failure = await failureOf(ContainerPrograms.of(connection(rights), name));
		expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
	}
});
