'use strict';

// Programs the stand starts, and the Debian package each comes from. Installed on demand where that is
// possible (root, apt-get); elsewhere the error names what is missing.
const { existsSync } = require('node:fs');
const { spawnSync } = require('node:child_process');

const programs = {
	dockerd: { paths: ['/usr/sbin/dockerd', '/usr/bin/dockerd'], package: 'docker.io' },
	'docker-compose': { paths: ['/usr/bin/docker-compose'], package: 'docker-compose' },
	ip: { paths: ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'], package: 'iproute2' },
	busybox: { paths: ['/bin/busybox', '/usr/bin/busybox'], package: 'busybox-static' },
	postgres: { paths: ['/usr/lib/postgresql/15/bin/postgres'], package: 'postgresql-15' },
	haproxy: { paths: ['/usr/sbin/haproxy'], package: 'haproxy' },
	chromium: { paths: ['/usr/bin/chromium'], package: 'chromium' },
	patchelf: { paths: ['/usr/bin/patchelf'], package: 'patchelf' },
	openssl: { paths: ['/usr/bin/openssl'], package: 'openssl' },
	zstd: { paths: ['/usr/bin/zstd'], package: 'zstd' },
	age: { paths: ['/usr/bin/age'], package: 'age' },
	restic: { paths: ['/usr/bin/restic'], package: 'restic' },
	sqlite3: { paths: ['/usr/bin/sqlite3'], package: 'sqlite3' },
	git: { paths: ['/usr/bin/git'], package: 'git' },
	perl: { paths: ['/usr/bin/perl'], package: 'perl' },
	alertmanager: { paths: ['/usr/bin/prometheus-alertmanager'], package: 'prometheus-alertmanager' },
	'docker-registry': { paths: ['/usr/bin/docker-registry'], package: 'docker-registry' },
	'redis-server': { paths: ['/usr/bin/redis-server'], package: 'redis-server' },
	podman: { paths: ['/usr/bin/podman'], package: 'podman' },
};

function missingPackages() {
	return Object.values(programs)
		.filter(({ paths }) => !paths.some(existsSync))
		.map((entry) => entry.package);
}

function aptGet(...args) {
	// RUNLEVEL=1 keeps Debian's installer from starting the services it installs.
	const result = spawnSync('apt-get', args, {
		stdio: ['ignore', 'ignore', 'inherit'],
		env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
	});
	return result.status === 0;
}

/** Installs what is missing; throws an error that names it where that is not possible. */
function ensureSystemPackages(log) {
	const missing = missingPackages();
	if (missing.length === 0) return;
	const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
	if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
		throw new Error(
			`Missing on this machine: ${missing.join(', ')}. Install them first, e.g. on Debian as root: ${command}`,
		);
	}
	log(`installing ${missing.join(', ')}`);
	aptGet('update', '-q');
	if (!aptGet('install', '-y', '-q', '--no-install-recommends', ...missing)) {
		throw new Error(`Could not install ${missing.join(', ')}. Try by hand: apt-get update && ${command}`);
	}
	const still = missingPackages();
	if (still.length > 0)
		throw new Error(`${still.join(', ')} installed, but the expected programs are not there.`);
}

function programPath(name) {
	const found = programs[name].paths.find(existsSync);
	if (!found) throw new Error(`${name} is not installed (Debian package ${programs[name].package}).`);
	return found;
}

module.exports = { ensureSystemPackages, programPath };
