import { execFileSync } from 'node:child_process';
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { Scope, type ManagedProcess } from './scope';

const WITH_CHILD = ['-c', 'sleep 600 & sleep 600'];

function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}

/** Living processes of which `matches` is true. */
function processes(matches: (pid: number) => boolean): number[] {
	const isAlive = (pid: number): boolean => !['', 'Z'].includes(statusFields(pid)[0] ?? '');
	return readdirSync('/proc')
		.map(Number)
		.filter((pid) => Number.isInteger(pid) && isAlive(pid) && matches(pid));
}

/** State, parent, group, session … of a process. */
function statusFields(pid: number): string[] {
	const line = read(`/proc/${pid}/stat`);
	return line.slice(line.lastIndexOf(')') + 2).split(' ');
}

const groupOf = (leader: number) => processes((pid) => statusFields(pid)[2] === String(leader));
const mentioning = (text: string) => processes((pid) => read(`/proc/${pid}/cmdline`).includes(text));
const isMounted = (path: string): boolean => read('/proc/self/mountinfo').includes(` ${path} `);

async function until(condition: () => boolean, what: string): Promise<void> {
	for (const end = Date.now() + 10_000; !condition(); await sleep(20)) {
		if (Date.now() > end) throw new Error(`Still waiting until ${what}.`);
	}
}

describe('a scope', () => {
	let scope: Scope;
	beforeEach(async () => (scope = await Scope.open('scope-test')));
	afterEach(() => scope.close().catch(() => undefined));

	it('ends its processes with their children and removes its folder when it is closed', async () => {
		const { pid } = scope.start('parent', '/bin/sh', { args: WITH_CHILD });
		await until(() => groupOf(pid).length === 3, 'both children run');
		await scope.close();
		expect(groupOf(pid)).toEqual([]);
		expect(existsSync(scope.folder)).toBe(false);
	});

	it('ends a child that has left its process group', async () => {
		const marker = `${600 + Math.random()}`;
		scope.start('parent', '/bin/sh', { args: ['-c', `setsid sleep ${marker} & exit 0`] });
		await until(() => mentioning(marker).length > 0, 'the child runs');
		await scope.close();
		expect(mentioning(marker)).toEqual([]);
	});

	it('kills a process that ignores the request to end', async () => {
		const stubborn = scope.start('stubborn', '/bin/sh', {
			args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'],
			graceMs: 200,
		});
		await stubborn.ready(() => Promise.resolve(stubborn.tail().includes('ready')), 5000);
		await scope.close();
		expect(groupOf(stubborn.pid)).toEqual([]);
	});

	it('asks a process to end with the signal it understands', async () => {
		const witness = `/tmp/${scope.folder.split('/').at(-1)}.witness`;
		const polite = scope.start('polite', '/bin/sh', {
			args: ['-c', `trap "touch ${witness}; exit 0" QUIT; echo ready; while :; do sleep 0.05; done`],
			stopSignal: 'SIGQUIT',
		});
		await polite.ready(() => Promise.resolve(polite.tail().includes('ready')), 5000);
		await scope.close();
		expect(existsSync(witness)).toBe(true);
		rmSync(witness);
	});

	it('never hits a process that has got the number of one of its own', async () => {
		const other = await Scope.open('scope-other');
		const bystander = other.start('bystander', 'sleep', { args: ['600'] });
		scope.own({ kind: 'process', pid: bystander.pid, started: '1', graceMs: 100 });
		await scope.close();
		expect(groupOf(bystander.pid)).toEqual([bystander.pid]);
		await other.close();
	});

	it('unmounts what is mounted below its folder', async () => {
		const point = scope.path('mounted');
		mkdirSync(point);
		execFileSync('mount', ['-t', 'tmpfs', 'none', point]);
		expect(isMounted(point)).toBe(true);
		await scope.close();
		expect(isMounted(point)).toBe(false);
		expect(existsSync(scope.folder)).toBe(false);
	});

	it('reports a program that cannot be started, and one that ends before it is ready', async () => {
		expect(() => scope.start('none', '/no/such/program', { args: [] })).toThrow('could not be started');
		const failing = scope.start('failing', '/bin/sh', { args: ['-c', 'echo no port left; exit 1'] });
		await expect(failing.ready(() => Promise.resolve(false), 5000)).rejects.toThrow(/ended.*no port left/s);
	});

	it('says so when its clean-up could not be done', async () => {
		const [reaper] = processes((pid) => {
			const command = read(`/proc/${pid}/cmdline`);
			return command.includes('reaper.cjs') && command.includes(scope.folder);
		});
		expect(reaper).toBeDefined();
		process.kill(reaper ?? 0, 'SIGKILL');
		await expect(scope.close()).rejects.toThrow(`Clean-up of ${scope.folder} failed`);
		rmSync(scope.folder, { recursive: true });
	});

	describe.each(['SIGKILL', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const)('whose owner gets %s', (signal) => {
		it('leaves no process, mount or folder behind', async () => {
			const { owner, folder, child } = await startOwner(scope);
			await until(() => groupOf(child).length === 3, 'both children run');
			expect(isMounted(join(folder, 'mounted'))).toBe(true);
			process.kill(owner.pid, signal);
			await until(() => groupOf(child).length === 0, 'its processes have ended');
			await until(() => !existsSync(folder), 'its folder is gone');
			expect(isMounted(join(folder, 'mounted'))).toBe(false);
		});
	});
});

/** Another process that owns a scope with a process and a mount in it. */
async function startOwner(scope: Scope): Promise<{ owner: ManagedProcess; folder: string; child: number }> {
	const compiled = transpileModule(readFileSync(join(__dirname, 'scope.ts'), 'utf8'), {
		compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 },
	});
	writeFileSync(scope.path('scope.cjs'), compiled.outputText);
	copyFileSync(join(__dirname, 'reaper.cjs'), scope.path('reaper.cjs'));
	writeFileSync(scope.path('owner.cjs'), OWNER);
	const owner = scope.start('owner', process.execPath, { args: [scope.path('owner.cjs')] });
	await owner.ready(() => Promise.resolve(owner.tail().includes('}')), 10_000);
	return { owner, ...(JSON.parse(owner.tail()) as { folder: string; child: number }) };
}

const OWNER = `
	const { execFileSync } = require('node:child_process');
	const { mkdirSync } = require('node:fs');
	const { Scope } = require('./scope.cjs');
	Scope.open('owned').then((scope) => {
		mkdirSync(scope.path('mounted'));
		execFileSync('mount', ['-t', 'tmpfs', 'none', scope.path('mounted')]);
		const { pid } = scope.start('parent', '/bin/sh', { args: ${JSON.stringify(WITH_CHILD)} });
		console.log(JSON.stringify({ folder: scope.folder, child: pid }));
		setInterval(() => {}, 1000);
	});
`;
