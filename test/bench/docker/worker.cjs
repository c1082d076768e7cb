'use strict';

// A process that does nothing but ask a container engine, with the built package as its users load it.
const { performance } = require('node:perf_hooks');
const { docker } = require('../../../index.js');

const operations = {
	/** Lists all containers and looks at each, as a sweep over sick ones does. */
	sweep: async (connection) => {
		const listed = await new docker.Containers(connection).list();
		const found = await docker.inspectMany(
			new docker.Engine(connection),
			listed.map(({ id }) => id),
		);
		return [...found.values()].filter((container) => !(container instanceof Error)).length;
	},
	logs: async (connection, { container, tail }) => {
		const { lines } = await new docker.Containers(connection).logs(container, { tail });
		return lines.length;
	},
	update: async (connection, { container, drainSeconds }) => {
		const options = { pull: false, ...(drainSeconds !== undefined && { drainSeconds }) };
		const { changed, reason } = await docker.updateContainer(connection, container, options);
		if (!changed) throw new Error(reason);
		return 1;
	},
};

process.on('message', async ({ operation, credential, ...options }) => {
	try {
		const connection = docker.parseConnection(credential);
		const startedAt = performance.now();
		const count = await operations[operation](connection, options);
		process.send({ seconds: (performance.now() - startedAt) / 1000, count });
	} catch (error) {
		process.send({ seconds: 0, count: 0, problem: error.message });
	}
});
