'use strict';

// A process that does nothing but back up, with the built package as its users load it: what is measured of it is
// the product alone. It is told `{site, docker}` and answers with how long the backup took and what it reported.
const { performance } = require('node:perf_hooks');
const { backup, docker: engine, shared } = require('../../../index.js');

process.on('message', async ({ site, docker }) => {
	try {
		const [parsed] = await shared.readSites(site);
		const context = docker === undefined ? {} : { docker: engine.parseConnection(docker) };
		const startedAt = performance.now();
		const { status, message, storedBytes, plainBytes } = await backup.backUpSite(parsed, context);
		const seconds = (performance.now() - startedAt) / 1000;
		process.send({ seconds, status, message, storedBytes, plainBytes });
	} catch (error) {
		process.send({ seconds: 0, status: 'failed', message: error.message, storedBytes: 0, plainBytes: 0 });
	}
});
