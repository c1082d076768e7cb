import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { promisify } from 'node:util';
import Docker from 'dockerode';

import type { ManagedProcess, Scope } from './scope';
import { programPath } from './system-packages.cjs';

/** A container engine of the stand's own, with its own bridge, address pool and control group. */
export interface TestEngine {
	readonly socketPath: string;
	readonly docker: Docker;
	readonly process: ManagedProcess;
	/**
	 * Runs the `docker` client against this engine and returns its output, trimmed. Never waited for synchronously: the engine
	 * stalls every program of a container until the output of one that was killed has been read, which only this
	 * process may be able to do.
	 */
	cli(...args: string[]): Promise<string>;
	/** The same while this process stands still, for what must have happened before the code under test goes on. */
	cliAtOnce(...args: string[]): string;
	/** Starts the engine again after its process has been ended. */
	restart(): Promise<TestEngine>;
}

const runProgram = promisify(execFile);
const bridgesPerHost = 16;

/** Starts a private engine, ready to use; it ends with the scope. */
export async function startEngine(scope: Scope, name = 'engine'): Promise<TestEngine> {
	const index = reserveBridge(scope);
	const cgroup = `opsdesk-${process.pid}-${index}`;
	scope.own({ kind: 'mentioning', text: scope.path(name) });
	scope.own({ kind: 'bridges', prefixes: addressPrefixes(index) });
	scope.own({ kind: 'cgroup', name: cgroup });
	mkdirSync(scope.path(name), { mode: 0o755 });
	return await run(scope, name, index, cgroup);
}

async function run(scope: Scope, name: string, index: number, cgroup: string): Promise<TestEngine> {
	const folder = scope.path(name);
	const socketPath = `${folder}/docker.sock`;
	const daemon = scope.start(name, programPath('dockerd'), {
		args: [
			`--host=unix://${socketPath}`,
			`--data-root=${folder}/data`,
			`--exec-root=${folder}/exec`,
			`--pidfile=${folder}/pid`,
			`--cgroup-parent=/${cgroup}`,
			`--bridge=${bridgeName(index)}`,
			`--default-address-pool=base=172.29.${index * 16 + 8}.0/21,size=27`,
			'--storage-driver=overlay2',
			'--iptables=false',
			'--ip6tables=false',
			'--ip-forward=false',
			'--ip-masq=false',
			'--exec-opt=native.cgroupdriver=cgroupfs',
			'--group=root',
			'--shutdown-timeout=1',
		],
		// Nothing of it is kept, and an orderly end would wait ten seconds for each container that ignores signals.
		graceMs: 0,
	});
	const docker = new Docker({ socketPath });
	await daemon.ready(async () => (await docker.ping()) !== undefined, 120_000);
	return {
		socketPath,
		docker,
		process: daemon,
		cli: async (...args) => {
			const { stdout } = await runProgram('docker', ['-H', `unix://${socketPath}`, ...args], {
				maxBuffer: 64 * 1024 * 1024,
			});
			return stdout.trim();
		},
		cliAtOnce: (...args) => {
			// While it is waited for, no time limit of a test can strike.
			const limits = { timeout: 30_000, killSignal: 'SIGKILL' } as const;
			const client = ['-H', `unix://${socketPath}`, ...args];
			const { status, stdout, stderr, error } = spawnSync('docker', client, { encoding: 'utf8', ...limits });
			// Not thrown as it comes: it refers to itself, which the test runner cannot tell.
			if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${error?.message ?? stderr}`);
			return stdout.trim();
		},
		restart: () => run(scope, name, index, cgroup),
	};
}

/** The third numbers of the addresses that belong to one engine: its own bridge and its user networks. */
const addressPrefixes = (index: number): string[] =>
	Array.from({ length: 16 }, (_, offset) => `172.29.${index * 16 + offset}.`);

const bridgeName = (index: number): string => `opsdesk${index}`;

/** The kernel refuses a name that exists, which makes the bridge itself the lock on its addresses. */
function reserveBridge(scope: Scope): number {
	const ip = programPath('ip');
	for (let index = 0; index < bridgesPerHost; index += 1) {
		const added = spawnSync(ip, ['link', 'add', bridgeName(index), 'type', 'bridge'], { encoding: 'utf8' });
		if (added.status !== 0 && !/exists/i.test(added.stderr)) {
			throw new Error(`A network bridge cannot be made (${added.stderr.trim()}); run the tests as root.`);
		}
		if (added.status === 0) {
			scope.own({ kind: 'bridge', name: bridgeName(index) });
			execFileSync(ip, ['address', 'add', `172.29.${index * 16}.1/24`, 'dev', bridgeName(index)]);
			execFileSync(ip, ['link', 'set', bridgeName(index), 'up']);
			return index;
		}
	}
	throw new Error(
		`All ${bridgesPerHost} test bridges (opsdesk0 …) are in use; remove stale ones with "ip link del".`,
	);
}
