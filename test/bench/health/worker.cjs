'use strict';

// A process that does nothing but make checks, with the built package as its users load it.
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { check, shared } = require('../../../index.js');

process.on('message', async ({ folder, set, checks }) => {
	const delay = monitorEventLoopDelay({ resolution: 5 });
	try {
		const targets = check.targetsOfChecks(check.parseChecks(checks));
		delay.enable();
		const { results, alerts, durationMs } = await check.runChecks({
			store: new shared.FileStateStore(folder),
			...{ set, targets, timeZone: 'UTC', context: { secrets: {} }, lookAt: check.lookAt, countAsTold: true },
		});
		delay.disable();
		const well = results.filter(({ status }) => status === 'ok').length;
		const failing = results.filter(({ status }) => status === 'critical').length;
		const longestPauseMs = Math.round(delay.max / 1e6);
		process.send({ seconds: durationMs / 1000, well, failing, alerts: alerts.length, longestPauseMs });
	} catch (error) {
		process.send({ problem: error.message });
	}
});
