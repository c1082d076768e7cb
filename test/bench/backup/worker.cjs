'use strict';

// A process that does nothing but work on backups, with the built package as its users load it: what is measured of it
// is the product alone. It is told what to do and answers with how long that took and what was reported.
const { performance } = require('node:perf_hooks');
const { backup, docker: engine, shared } = require('../../../index.js');

const operations = {
	backUp: (site, context) => backup.backUpSite(site, context),
	restore: async (site, context, options) => {
		const report = await backup.restoreSite(site, context, options);
		return { status: 'ok', message: `restored ${report.id}`, ...report };
	},
};

process.on('message', async ({ operation, site, docker, secrets, options }) => {
	try {
		const [parsed] = await shared.readSites(site);
		const context = { secrets, ...(docker && { docker: engine.parseConnection(docker) }) };
		const startedAt = performance.now();
		const { status, message, storedBytes } = await operations[operation](parsed, context, options);
		const seconds = (performance.now() - startedAt) / 1000;
		process.send({ seconds, status, message, storedBytes: storedBytes ?? 0 });
	} catch (error) {
		process.send({ seconds: 0, status: 'failed', message: error.message, storedBytes: 0 });
	}
});
