'use strict';

// `npm test`: build, then type check and format check beside lint, then the test suites.
const { ensureSystemPackages } = require('../system-packages.cjs');
const { build, check, lint, format } = require('./run.cjs');
const { testSuites } = require('./suites.cjs');

const startedAt = Date.now();
const log = (text) =>
	console.log(`[opsdesk] ${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${text}`);

async function step(name, work) {
	const code = await work();
	log(`${name}: ${code === 0 ? 'ok' : 'FAILED'}`);
	return code;
}

async function main() {
	ensureSystemPackages(log);
	if ((await step('build', build)) !== 0) return 1;
	const inTurn = async () => [await step('types', check), await step('format', format)];
	const codes = (await Promise.all([inTurn(), step('lint', lint)])).flat();
	codes.push(await step('tests', () => testSuites(process.argv.slice(2))));
	return codes.some((code) => code !== 0) ? 1 : 0;
}

main().then(
	(code) => process.exit(code),
	(error) => {
		console.error(`[opsdesk] ${error.message}`);
		process.exit(1);
	},
);
