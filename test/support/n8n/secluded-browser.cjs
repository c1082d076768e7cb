'use strict';

// Runs Chromium in a network namespace of its own, where nothing but one n8n can be reached. Chromium gives up
// its queued requests (ERR_NETWORK_CHANGED) whenever an interface of the machine comes or goes, and each container
// that another test starts brings one. Unix sockets in the profile's folder lead into and out of the namespace.
//
// unshare --net node secluded-browser.cjs PROFILE PORT CHROMIUM [ARGUMENT …]
const { spawn, execFileSync } = require('node:child_process');
const { watch, readFileSync } = require('node:fs');
const { connect, createServer } = require('node:net');
const { join } = require('node:path');

const toN8n = (profile) => join(profile, 'n8n.sock');
const toDebugger = (profile) => join(profile, 'debugger.sock');

/** Accepts connections as `from` says and joins each to a new one to `to`; resolves with the listening server. */
function forward(from, to) {
	const server = createServer((incoming) => {
		const outgoing = connect(to);
		incoming.pipe(outgoing).pipe(incoming);
		incoming.on('error', () => outgoing.destroy());
		outgoing.on('error', () => incoming.destroy());
	});
	return new Promise((resolve, reject) => server.on('error', reject).listen(from, () => resolve(server)));
}

/** The port Chromium has chosen; it writes it into its profile. */
function debuggingPort(profile) {
	const read = () => {
		try {
			return Number(readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]);
		} catch {
			return 0;
		}
	};
	return new Promise((resolve) => {
		const watcher = watch(profile, () => {
			if (read() === 0) return;
			watcher.close();
			resolve(read());
		});
	});
}

async function main(profile, port, chromium, args) {
	execFileSync('ip', ['link', 'set', 'lo', 'up']);
	await forward({ host: '127.0.0.1', port }, { path: toN8n(profile) });
	const chosen = debuggingPort(profile);
	const browser = spawn(chromium, args, { stdio: 'inherit' });
	browser.on('exit', (code) => process.exit(code ?? 1));
	process.on('SIGTERM', () => browser.kill('SIGTERM'));
	await forward({ path: toDebugger(profile) }, { host: '127.0.0.1', port: await chosen });
}

if (require.main === module) {
	const [profile, port, chromium, ...args] = process.argv.slice(2);
	main(profile, Number(port), chromium, args).catch((error) => {
		console.error(error.message);
		process.exit(1);
	});
}

module.exports = { forward, toN8n, toDebugger };
