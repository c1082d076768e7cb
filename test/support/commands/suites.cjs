'use strict';

const { mkdirSync, readFileSync, rmSync } = require('node:fs');
const { join, relative } = require('node:path');
const { root, jest } = require('./run.cjs');

/** So many suites at most get a second look; more than that is no matter of a busy machine. */
const mostLookedAtAgain = 40;

/**
 * All suites, or those that the arguments name. The suites wait for real engines, databases and clocks, beside each
 * other; a few that failed are therefore run once more, alone. Both outcomes are printed, and the second one counts.
 */
async function testSuites(args) {
	const first = await run('first', ['--maxWorkers=3', ...args]);
	if (first.code === 0 || first.failed.length === 0 || first.failed.length > mostLookedAtAgain)
		return first.code;
	console.log(`[opsdesk] once more, alone: ${first.failed.join(', ')}`);
	const second = await run('second', ['--runInBand', '--runTestsByPath', ...first.failed]);
	for (const name of first.failed) {
		console.log(
			`[opsdesk] ${second.failed.includes(name) ? 'FAILED TWICE' : 'UNSTEADY, passed alone'}: ${name}`,
		);
	}
	return second.code;
}

async function run(name, args) {
	const folder = join(root, '.build', 'outcomes');
	const file = join(folder, `${name}.json`);
	mkdirSync(folder, { recursive: true });
	rmSync(file, { force: true });
	// Run alone, a suite that leaves something open would keep jest from ever ending.
	const code = await jest([...args, '--forceExit', '--json', `--outputFile=${file}`]);
	return { code, failed: failedIn(file) };
}

/** Paths from the root; none when jest itself came to an early end. */
function failedIn(file) {
	let outcome;
	try {
		outcome = JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return [];
	}
	return outcome.testResults
		.filter(({ status }) => status === 'failed')
		.map(({ name }) => relative(root, name));
}

module.exports = { testSuites };
