'use strict';

// What the suites write (engines, databases, archives) is gone when they end, and in memory those that write much take a
// third less time.
const { spawnSync } = require('node:child_process');
const { mkdirSync, readFileSync, rmdirSync } = require('node:fs');
const { freemem, tmpdir } = require('node:os');
const { join } = require('node:path');

const GiB = 2 ** 30;
const leastFree = 12 * GiB;
/** Short: paths of sockets have 107 bytes. The number is that of the process that owns it. */
const prefix = join(tmpdir(), 'ods-');

/**
 * A folder in memory for all temporary files, where there is enough of it and this process may mount one.
 *
 * @returns its path, undefined where there is none
 */
function openMemoryFolder() {
	removeLeftovers();
	if (process.getuid?.() !== 0 || freeBytes() < leastFree) return undefined;
	const folder = `${prefix}${process.pid}`;
	mkdirSync(folder, { recursive: true });
	const options = `mode=1777,size=${Math.floor(freeBytes() * 0.7)}`;
	if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'opsdesk-tests', folder]).status === 0) {
		process.on('exit', () => closeMemoryFolder(folder));
		return folder;
	}
	rmdirSync(folder);
	return undefined;
}

/** What the system can give without swapping, where it says so. */
function freeBytes() {
	const [, kilobytes] = readFileSync('/proc/meminfo', 'utf8').match(/^MemAvailable:\s+(\d+) kB/m) ?? [];
	return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}

/** Unless something is still at work there: a run that was interrupted leaves that to what cleans up after it. */
function closeMemoryFolder(folder) {
	if (spawnSync('umount', [folder]).status !== 0) return;
	try {
		rmdirSync(folder);
	} catch {
		// Somebody else has used the name meanwhile.
	}
}

/** Of runs that were killed. */
function removeLeftovers() {
	const mounted = readFileSync('/proc/mounts', 'utf8').matchAll(/^opsdesk-tests (\S+) tmpfs/gm);
	for (const [, folder] of mounted) {
		const pid = Number(folder.slice(folder.lastIndexOf('-') + 1));
		if (!isRunning(pid)) closeMemoryFolder(folder);
	}
}

function isRunning(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch ({ code }) {
		return code === 'EPERM';
	}
}

module.exports = { openMemoryFolder };
