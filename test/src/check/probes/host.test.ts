import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
	cpuTaken,
	diskTaken,
	inodesTaken,
	loadTaken,
	memoryTaken,
} from '../../../../src/check/probes/host/figures';
import type { Finding, ProbeContext } from '../../../../src/check/probes/probe';
import { probeHost } from '../../../../src/check/probes/services';
import { Containers, parseConnection } from '../../../../src/docker';
import type { CheckOf } from '../../../../src/shared';
import { startEngine, type TestEngine } from '../../../support/engine';
import { freePort } from '../../../support/free-port';
import { imageTag, loadImages } from '../../../support/images/images';
import { Scope } from '../../../support/scope';
import { programPath } from '../../../support/system-packages.cjs';
import { look } from './look';

type Measure = CheckOf<'host'>['measure'];

const df = (path: string, ...options: string[]): number =>
	Number(/(\d+)%/.exec(execFileSync('df', ['-P', ...options, path], { encoding: 'utf8' }))?.[1]);

describe('the figures of the kernel', () => {
	const stat = (cpu: string): string => `cpu  ${cpu}\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nintr 5 6 7\n`;

	test('processors are busy while they neither idle nor wait for a disk; stolen time is not there', () => {
		const before = stat('100 0 100 1000 0 0 0 0 0 0');
		expect(cpuTaken({ stat: [before, stat('150 0 120 1020 10 0 0 0 0 0')] })?.percent).toBe(70);
		expect(cpuTaken({ stat: [before, stat('100 0 100 1050 0 0 0 50 0 0')] })?.percent).toBe(50);
		// Time of guests stands in that of users already.
		expect(cpuTaken({ stat: [before, stat('150 0 100 1050 0 0 0 0 50 0')] })?.percent).toBe(50);
		expect(cpuTaken({ stat: [before, before] })).toBeUndefined();
		expect(cpuTaken({ stat: ['', 'nonsense'] })).toBeUndefined();
	});

	test('load is that of five minutes per processor', () => {
		const loaded = { stat: [stat('1 1 1 1'), ''] as [string, string], loadavg: '9.00 3.00 1.00 1/200 4711' };
		expect(loadTaken(loaded)).toEqual({ percent: 150, details: { load: 3, processors: 2 } });
		expect(loadTaken({ ...loaded, loadavg: '' })).toBeUndefined();
	});

	test('memory that the kernel can give back is not taken', () => {
		const meminfo = 'MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    250 kB\n';
		expect(memoryTaken({ meminfo })?.percent).toBe(75);
		expect(memoryTaken({ meminfo: 'MemTotal: 1000 kB\n' })).toBeUndefined();
	});

	test('what is kept for root is neither taken nor free, as df shows it', () => {
		const figures = { blocks: 100, free: 20, available: 15, inodes: 0, freeInodes: 0 };
		expect(diskTaken(figures)?.percent).toBe(84.2);
		expect(inodesTaken(figures)).toBeUndefined();
		expect(inodesTaken({ ...figures, inodes: 200, freeInodes: 50 })?.percent).toBe(75);
	});
});

const own = (measure: Measure, more: object = {}): Promise<Finding> =>
	look<'host'>(probeHost, { type: 'host', measure, warning: 9999, ...more });

describe('the machine of n8n', () => {
	test.each(['cpu', 'memory', 'disk', 'load'] as const)('tells its %s', async (measure) => {
		const finding = await own(measure);
		expect(finding).toMatchObject({ level: 'ok', reason: 'ok', latencyMs: null });
		expect(finding.details['percent']).toBeGreaterThanOrEqual(0);
		expect(finding.message).toMatch(/ [\d.]+ % \(the machine of n8n\)\.$/);
	});

	test('the disk is as full as df says', async () => {
		const { details } = await own('disk', { path: '/' });
		expect(Math.abs(Number(details['percent']) - df('/'))).toBeLessThanOrEqual(1.1);
	});

	test('a busy processor is seen', async () => {
		const spin = setInterval(() => {
			for (const end = performance.now() + 40; performance.now() < end;);
		}, 41);
		const finding = await own('cpu', { warning: 20 }).finally(() => clearInterval(spin));
		expect(finding).toMatchObject({ level: 'warning', reason: 'threshold' });
	});

	test('more than a threshold is a warning or a failure, the threshold itself is not', async () => {
		const { details } = await own('disk');
		const taken = Number(details['percent']);
		expect(await own('disk', { warning: taken })).toMatchObject({ level: 'ok' });
		expect(await own('disk', { warning: taken - 0.5 })).toMatchObject({
			level: 'warning',
			reason: 'threshold',
		});
		expect(await own('disk', { warning: 0, critical: taken - 0.5 })).toMatchObject({ level: 'critical' });
	});

	test('a path that is not there is unknown', async () => {
		const finding = await own('disk', { path: '/no/such/path' });
		expect(finding).toMatchObject({ level: 'unknown', reason: 'path_missing' });
		expect(finding.message).toContain('as n8n sees it');
	});
});

describe('the machine of the engine, with the rights of the compose example', () => {
	let scope: Scope;
	let engine: TestEngine;
	let port: number;

	beforeAll(async () => {
		scope = await Scope.open('probe-host');
		engine = await startEngine(scope);
		await loadImages(engine.docker, ['tools']);
		port = await freePort();
		const rules = readFileSync(resolve(__dirname, '../../../../docs/compose/haproxy.cfg'), 'utf8')
			.replace('bind :2375', `bind 127.0.0.1:${port}`)
			.replace('unix@/var/run/docker.sock', `unix@${engine.socketPath}`);
		writeFileSync(scope.path('haproxy.cfg'), rules);
		const proxy = scope.start('haproxy', programPath('haproxy'), {
			args: ['-db', '-f', scope.path('haproxy.cfg')],
		});
		const { engine: connection } = through();
		if (connection === undefined) throw new Error('no engine');
		const containers = new Containers(connection);
		await proxy.ready(async () => (await containers.list()).length === 0, 60_000);
	});

	afterAll(() => scope?.close());

	const through = (rights: object = {}): Partial<ProbeContext> => ({
		engine: parseConnection({
			...{ accessLevel: 'full', allowedContainers: 'shop-*', allowedHostPaths: '/', timeoutSeconds: 15 },
			helperImage: imageTag('tools'),
			...{ connectionType: 'tcp', host: '127.0.0.1', port, ...rights },
		}),
	});
	const measured = (measure: Measure, more: object = {}, context = through()): Promise<Finding> =>
		look<'host'>(probeHost, { type: 'host', via: 'engine', measure, warning: 9999, ...more }, context);

	test.each(['cpu', 'memory', 'load'] as const)(
		'tells its %s, as it is outside of containers',
		async (measure) => {
			let isOver = false;
			const asking = measured(measure).finally(() => (isOver = true));
			const outside: number[] = [];
			do {
				outside.push(Number((await own(measure)).details['percent']));
				await sleep(50);
			} while (!isOver);
			outside.push(Number((await own(measure)).details['percent']));
			const inside = await asking;
			expect(inside).toMatchObject({ level: 'ok', reason: 'ok' });
			expect(inside.message).toContain('the machine of the container engine');
			if (measure === 'cpu') return;
			expect(inside.details['percent']).toBeGreaterThan(Math.min(...outside) - 15);
			expect(inside.details['percent']).toBeLessThan(Math.max(...outside) + 15);
		},
	);

	test('the disk and the inodes of a path are as full as df says; it is mounted read-only', async () => {
		const folder = scope.path('data');
		mkdirSync(folder);
		const { details } = await measured('disk', { path: folder });
		expect(Math.abs(Number(details['percent']) - df(folder))).toBeLessThanOrEqual(1.1);
		if (df(folder, '-i') > 0) {
			const inodes = await measured('inodes', { path: folder });
			expect(Math.abs(Number(inodes.details['percent']) - df(folder, '-i'))).toBeLessThanOrEqual(1.1);
		}
		// The figures of another file system than that of the image.
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
		try {
			writeFileSync(`${folder}/half`, Buffer.alloc(2 * 1024 * 1024));
			expect(await measured('disk', { path: folder })).toMatchObject({ details: { percent: 50 } });
		} finally {
			execFileSync('umount', [folder]);
		}
	});

	test('nothing is left behind', async () => {
		await measured('memory');
		const stopping = await look<'host'>(
			probeHost,
			{ type: 'host', via: 'engine', measure: 'cpu', warning: 1, timeoutSeconds: 0.15 },
			through(),
		);
		expect(stopping).toMatchObject({ level: 'unknown', reason: 'engine_unreachable' });
		for (let left = 1200; left > 0; left -= 1) {
			if ((await engine.docker.listContainers({ all: true })).length === 0) break;
			await sleep(100);
		}
		expect(await engine.docker.listContainers({ all: true })).toEqual([]);
	});

	test('what the credential or the host does not give is unknown', async () => {
		expect(await measured('disk', { path: '/srv' }, through({ allowedHostPaths: '/opt' }))).toMatchObject({
			level: 'unknown',
			reason: 'not_permitted',
		});
		expect(await measured('cpu', {}, through({ accessLevel: 'read' }))).toMatchObject({
			level: 'unknown',
			reason: 'not_permitted',
		});
		expect(await measured('disk', { path: '/no/such/path' })).toMatchObject({
			level: 'unknown',
			reason: 'path_missing',
		});
		expect(await measured('cpu', {}, {})).toMatchObject({ level: 'unknown', reason: 'config' });
		expect(await measured('cpu', {}, through({ port: await freePort() }))).toMatchObject({
			level: 'unknown',
			reason: 'engine_unreachable',
		});
	});
});
