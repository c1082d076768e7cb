'use strict';

// Answers the examples in a process of its own, whose time zone is that of its environment.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
require('../../support/typescript.cjs');
const { compileSchedule } = require('../../../src/sla/index.ts');

const { TZ } = process.env;
if (new Intl.DateTimeFormat().resolvedOptions().timeZone.replace('Calcutta', 'Kolkata') !== TZ)
	throw new Error(`This process is not in ${TZ}.`);

const examples = JSON.parse(readFileSync(join(__dirname, '../../fixtures/sla-examples.json'), 'utf8'));
const answers = examples.map(({ schedule, input: { start, end, at, duration_s: seconds } }) => {
	const compiled = compileSchedule(schedule);
	if (at !== undefined) return [compiled.isOpen(Date.parse(at)), compiled.nextOpen(Date.parse(at))];
	if (end !== undefined) return compiled.segments(Date.parse(start), Date.parse(end));
	return compiled.deadline(Date.parse(start), seconds * 1000);
});
console.log(JSON.stringify(answers));
