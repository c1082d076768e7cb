import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type Docker from 'dockerode';

import { Containers, DockerError, parseConnection, type LogOptions } from '../../../src/docker';
import { startEngine, type TestEngine } from '../../support/engine';
import { imageTag, loadImages } from '../../support/images/images';
import { Scope } from '../../support/scope';

const connection = {
	connectionType: 'socket',
	accessLevel: 'read',
	allowedContainers: '*',
	timeoutSeconds: 15,
};
let scope: Scope;
let engine: TestEngine;
let containers: Containers;

beforeAll(async () => {
	scope = await Scope.open('logs');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	containers = new Containers(parseConnection({ ...connection, socketPath: engine.socketPath }));
});

afterAll(() => scope?.close());

async function ran(
	name: string,
	script: string,
	options: Docker.ContainerCreateOptions = {},
): Promise<Docker.Container> {
	const container = await engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', script],
		...options,
	});
	await container.start();
	await container.wait();
	return container;
}

/**
 * Reads a log in a process of its own, whose heap may not exceed 96 MB. Its memory is read off the system: what Node tells
 * (`maxRSS`) includes that of the process that has started it.
 */
function readApart(
	name: string,
	options: LogOptions = {},
): {
	truncated: boolean;
	last: string;
	characters: number;
	grownBytes: number;
} {
	const script = `
		const { Containers, parseConnection } = require(${JSON.stringify(resolve(__dirname, '../../../dist/src/docker/index.js'))});
		const containers = new Containers(parseConnection(${JSON.stringify({ ...connection, socketPath: engine.socketPath })}));
		const before = process.memoryUsage().rss;
		containers.logs(${JSON.stringify(name)}, ${JSON.stringify(options)}).then(({ lines, truncated }) => console.log(JSON.stringify({
			truncated,
			last: lines.at(-1).line,
			characters: lines.reduce((sum, { line }) => sum + line.length, 0),
			grownBytes: Number(/VmHWM:\\s*(\\d+)/.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))[1]) * 1024 - before,
		})));`;
	const output = execFileSync(process.execPath, ['--max-old-space-size=96', '-e', script], {
		encoding: 'utf8',
	});
	return JSON.parse(output) as ReturnType<typeof readApart>;
}

test('DK-22 both streams come with time, in order, oldest first', async () => {
	await ran('both', 'echo one; sleep 1; echo two >&2; sleep 1; printf three');
	const { lines, truncated } = await containers.logs('both');
	expect(lines.map(({ stream, line }) => `${stream}: ${line}`)).toEqual([
		'stdout: one',
		'stderr: two',
		'stdout: three',
	]);
	expect(lines.every(({ time }) => time !== null && !Number.isNaN(Date.parse(time)))).toBe(true);
	const shown = (await engine.cli('logs', '-t', 'both')).split('\n');
	expect(
		lines.filter(({ stream }) => stream === 'stdout').map(({ time, line }) => `${time} ${line}`),
	).toEqual(shown);
	expect(truncated).toBe(false);
	expect((await containers.logs('both', { stdout: false })).lines.map(({ line }) => line)).toEqual(['two']);
	expect((await containers.logs('both', { tail: 1 })).lines.map(({ line }) => line)).toEqual(['three']);
});

test('DK-22 a container with a terminal is read as lines too', async () => {
	await ran('terminal', 'echo one; printf "\\033[32mtwo\\033[0m\\n"; echo three >&2', { Tty: true });
	const { lines } = await containers.logs('terminal');
	expect(lines.map(({ line }) => line)).toEqual(['one', 'two', 'three']);
	expect(lines.every(({ time }) => time !== null)).toBe(true);
});

test.each([false, true])(
	'DK-22 a line longer than the engine stores in one piece stays one line (terminal: %s)',
	async (Tty) => {
		await ran(`long-${Tty}`, `head -c 50000 /dev/zero | tr '\\0' x; echo; echo after`, { Tty });
		const { lines } = await containers.logs(`long-${Tty}`);
		expect(lines.map(({ line }) => line.length)).toEqual([50_000, 5]);
		expect(lines[0]?.line).toBe('x'.repeat(50_000));
	},
);

test('DK-22 a line without a line break ends with its process', async () => {
	const restarts = { Name: 'on-failure', MaximumRetryCount: 2 };
	const container = await engine.docker.createContainer({
		name: 'breathless',
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', 'printf "last words"; exit 1'],
		HostConfig: { RestartPolicy: restarts },
	});
	await container.start();
	while ((await container.inspect()).RestartCount < 2 || (await container.inspect()).State.Running) {
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	const { lines } = await containers.logs('breathless');
	expect(lines.map(({ line }) => line)).toEqual(['last words', 'last words', 'last words']);
});

test('DK-22 the driver "local", which leaves out the line break of a long line, is read as lines too', async () => {
	await ran('local', `head -c 50000 /dev/zero | tr '\\0' x; echo; echo after`, {
		HostConfig: { LogConfig: { Type: 'local', Config: {} } },
	});
	const { lines } = await containers.logs('local');
	expect(lines.map(({ line }) => line.length)).toEqual([50_000, 5]);
});

test('DK-22 a line that is too long for the memory is cut and says so', async () => {
	await ran('endless', `head -c 300000 /dev/zero | tr '\\0' x; echo; echo after`);
	const { lines } = await containers.logs('endless');
	expect(lines.map(({ line }) => line.slice(-2))).toEqual(['x…', 'er']);
});

test.each([false, true])(
	'DK-22 bytes that are no text come as lines, none lost and none joined (terminal: %s)',
	async (Tty) => {
		const bytes = String.raw`\033[1m\001a\377\376b\000c\033[0m\n`;
		await ran(`binary-${Tty}`, `for i in 1 2 3; do printf '${bytes}'; echo line $i; done`, { Tty });
		const { lines } = await containers.logs(`binary-${Tty}`);
		const torn = expect.stringMatching(/^a\ufffd+bc$/);
		expect(lines.map(({ line }) => line)).toEqual([torn, 'line 1', torn, 'line 2', torn, 'line 3']);
		const kept = await containers.logs(`binary-${Tty}`, { keepControlCharacters: true, tail: 2 });
		expect(kept.lines[0]?.line).toMatch(/^.\[1m.a/);
	},
);

test.each([-1, Number.NaN, 1.5, 1e30])(
	'DK-22 a limit of %s is refused: the engine would read it as "all"',
	async (tail) => {
		await expect(containers.logs('both', { tail })).rejects.toMatchObject({ code: 'invalid_input' });
	},
);

test('DK-22 a beginning in the future gives no lines, and the past is cut where asked', async () => {
	await ran('times', 'echo old; sleep 1.2; echo new');
	expect((await containers.logs('times', { since: new Date(Date.now() + 3_600_000) })).lines).toEqual([]);
	const [, recent] = (await containers.logs('times')).lines;
	const since = new Date(Date.parse(recent?.time ?? '') - 300);
	expect((await containers.logs('times', { since })).lines.map(({ line }) => line)).toEqual(['new']);
	expect((await containers.logs('times', { until: since })).lines.map(({ line }) => line)).toEqual(['old']);
});

test('DK-22 a container whose logs are not kept says so, with a remedy', async () => {
	await ran('silent', 'echo lost', { HostConfig: { LogConfig: { Type: 'none', Config: {} } } });
	const error: unknown = await containers.logs('silent').catch((thrown: unknown) => thrown);
	expect(error).toBeInstanceOf(DockerError);
	expect(error).toMatchObject({ code: 'logs_unavailable', remedy: expect.stringContaining('json-file') });
});

test('DK-22 reading all of a large log stays within bounds, and of 1 GB the last 100 lines come at once', async () => {
	const container = await ran('huge', 'echo first');
	const { LogPath } = (await container.inspect()) as unknown as { LogPath: string };
	const time = '2026-11-20T10:00:00.000000001Z';
	const entry = (text: string) => `${JSON.stringify({ log: `${text}\n`, stream: 'stdout', time })}\n`;
	const block = Buffer.from(entry('y'.repeat(900)).repeat(10_000));
	const grow = (sizeBytes: number) => {
		for (let written = 0; written < sizeBytes; written += block.length) appendFileSync(LogPath, block);
		appendFileSync(LogPath, Array.from({ length: 100 }, (_, index) => entry(`last ${index}`)).join(''));
	};

	grow(150e6);
	const all = readApart('huge');
	expect(all).toMatchObject({ truncated: true, last: 'last 99' });
	expect(all.characters).toBeGreaterThan(10e6);
	expect(all.characters).toBeLessThan(17e6);
	expect(all.grownBytes).toBeLessThan(256e6);

	grow(850e6);
	const last = await containers.logs('huge', { tail: 100 });
	expect(last.lines.map(({ line }) => line)).toEqual(
		Array.from({ length: 100 }, (_, index) => `last ${index}`),
	);
	const apart = readApart('huge', { tail: 100 });
	expect(apart).toMatchObject({ truncated: false, last: 'last 99' });
	expect(apart.grownBytes).toBeLessThan(64e6);
});
