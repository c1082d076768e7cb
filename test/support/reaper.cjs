'use strict';

// The only clean-up path of a stand. It runs as a process of its own and waits for the end of its standard
// input, which comes when the stand is closed and just as well when its owner is killed: so nothing is left
// behind after Ctrl-C, a failed test or a SIGKILL.
const { execFileSync, spawnSync } = require('node:child_process');
const {
	readFileSync,
	readdirSync,
	rmSync,
	rmdirSync,
	statSync,
	existsSync,
	appendFileSync,
} = require('node:fs');
const { join } = require('node:path');

const folder = process.argv[2];
const ledger = join(folder, 'resources.jsonl');
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

function startTime(pid) {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		return fields[0] === 'Z' ? undefined : fields[19];
	} catch {
		return undefined;
	}
}

function signal(pid, name) {
	try {
		process.kill(pid, name);
	} catch {
		// It has ended meanwhile.
	}
}

function waitUntilGone(alive, limitMs) {
	for (const end = Date.now() + limitMs; Date.now() < end; sleep(20)) if (!alive()) return true;
	return !alive();
}

function everyProcess() {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.map(Number);
}

function procFile(pid, name) {
	try {
		return readFileSync(`/proc/${pid}/${name}`, 'utf8');
	} catch {
		return '';
	}
}

const commandLine = (pid) => procFile(pid, 'cmdline');
const environment = (pid) => procFile(pid, 'environ').split('\0');

const release = {
	/** A process and its group, recognised by its start time so that a reused pid is never hit. */
	process({ pid, started, graceMs, stopSignal = 'SIGTERM' }) {
		const alive = () => startTime(pid) === started;
		if (alive()) signal(pid, stopSignal);
		if (!waitUntilGone(alive, graceMs)) signal(pid, 'SIGKILL');
		// While members of its group live the number is not given away: another start time is another group.
		if ([undefined, started].includes(startTime(pid))) signal(-pid, 'SIGKILL');
		waitUntilGone(alive, 5000);
	},

	/** Every process in a control group named so, in whichever hierarchies it exists. */
	cgroup({ name }) {
		const roots = [
			'/sys/fs/cgroup',
			...readdirSync('/sys/fs/cgroup').map((entry) => join('/sys/fs/cgroup', entry)),
		];
		const groups = roots
			.map((root) => join(root, name))
			.filter((path) => existsSync(path) && statSync(path).isDirectory());
		const below = (path) =>
			readdirSync(path, { withFileTypes: true })
				.filter((e) => e.isDirectory())
				.flatMap((e) => [...below(join(path, e.name)), join(path, e.name)]);
		for (const group of groups.flatMap((path) => [...below(path), path])) {
			const members = () => {
				try {
					return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
				} catch {
					return [];
				}
			};
			waitUntilGone(() => {
				members().forEach((pid) => signal(pid, 'SIGKILL'));
				return members().length > 0;
			}, 5000);
			try {
				rmdirSync(group);
			} catch {
				// Another hierarchy's mount of the same group has removed it.
			}
		}
	},

	/** Helpers that name the stand's folder in their command line (containerd and its shims). */
	mentioning({ text }) {
		const matching = () =>
			everyProcess().filter(
				(pid) =>
					pid !== process.pid &&
					pid !== process.ppid &&
					commandLine(pid).includes(text) &&
					!commandLine(pid).includes('reaper.cjs'),
			);
		waitUntilGone(() => {
			matching().forEach((pid) => signal(pid, 'SIGKILL'));
			return matching().length > 0;
		}, 5000);
	},

	/** Processes whose environment names the stand: those its ledger missed, and those that left their group. */
	marked({ mark }) {
		const matching = () =>
			everyProcess().filter((pid) => pid !== process.pid && environment(pid).includes(mark));
		waitUntilGone(() => {
			matching().forEach((pid) => signal(pid, 'SIGKILL'));
			return matching().length > 0;
		}, 5000);
	},

	bridge({ name }) {
		spawnSync('ip', ['link', 'del', name], { stdio: 'ignore' });
	},

	/**
	 * Bridges of user networks, which outlive their engine, by the addresses that were set apart for it. Its own bridge is
	 * the lock on them and goes last, by its name: gone earlier, that removal would hit the bridge of the next engine.
	 */
	bridges({ prefixes }) {
		const links = JSON.parse(
			execFileSync('ip', ['-json', 'address', 'show', 'type', 'bridge'], { encoding: 'utf8' }),
		);
		for (const { ifname, addr_info: addresses = [] } of links) {
			const ours = addresses.some(({ local }) => prefixes.some((prefix) => local?.startsWith(prefix)));
			if (ours && !/^opsdesk\d+$/.test(ifname)) spawnSync('ip', ['link', 'del', ifname], { stdio: 'ignore' });
		}
	},

	folder({ path }) {
		const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
			.split('\n')
			.map((line) => line.split(' ')[4])
			.filter((point) => point?.startsWith(`${path}/`));
		for (const point of mounts.reverse()) spawnSync('umount', ['-l', point], { stdio: 'ignore' });
		rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
	},
};

/** A record cut short by the end of its writer is left out; its process still carries the mark. */
function parse(line) {
	try {
		return [JSON.parse(line)];
	} catch {
		return [];
	}
}

function reap() {
	const recorded = readFileSync(ledger, 'utf8').split('\n').filter(Boolean).flatMap(parse);
	// Whatever was recorded, the stand's own processes and folder go last.
	const resources = [
		{ kind: 'folder', path: folder },
		{ kind: 'marked', mark: `OPSDESK_SCOPE=${folder}` },
		...recorded,
	];
	const failures = [];
	for (const resource of resources.reverse()) {
		try {
			release[resource.kind](resource);
		} catch (error) {
			failures.push(`${resource.kind}: ${error.message}`);
		}
	}
	if (failures.length > 0) {
		process.stderr.write(`${failures.join('\n')}\n`);
		process.exitCode = 1;
	}
}

// A terminal's Ctrl-C goes to the whole foreground group; the reaper outlives it.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});
appendFileSync(ledger, '');
process.stdin.resume();
process.stdin.on('end', reap);
process.stdin.on('error', reap);
