'use strict';

// A run in a process of its own, which may be killed amid it.
require('../../../support/typescript.cjs');
const { probeHttp } = require('../../../../src/check/probes/network.ts');
const { runChecks } = require('../../../../src/check/sweep/run.ts');
const { parseChecks, targetsOfChecks } = require('../../../../src/check/sweep/targets.ts');
const { FileStateStore } = require('../../../../src/shared/index.ts');

process.on('message', ({ folder, checks }) =>
	runChecks({
		store: new FileStateStore(folder),
		set: 'shop',
		targets: targetsOfChecks(parseChecks(checks)),
		timeZone: 'UTC',
		context: { secrets: {} },
		longestRunMs: 60_000,
		lookAt: probeHttp,
	}),
);
