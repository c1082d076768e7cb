'use strict';

// Serves one certificate on many ports until whoever has started it is gone.
const { readFileSync } = require('node:fs');
const { createServer } = require('node:tls');

const { cert, key, count } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

async function main() {
	const ports = [];
	for (let made = 0; made < count; made += 1) {
		const server = createServer({ cert, key }, (socket) => socket.on('error', () => {}).resume());
		server.on('tlsClientError', () => {});
		await new Promise((resolve) => server.listen(0, 'localhost', resolve));
		ports.push(server.address().port);
	}
	process.send(ports);
	process.on('disconnect', () => process.exit());
}

void main();
