'use strict';

// `npm run test:large`: what takes minutes or gigabytes. The same runs smaller in `npm test`.
const { ensureSystemPackages } = require('../system-packages.cjs');
const { build, jest } = require('./run.cjs');

async function main() {
	ensureSystemPackages(console.log);
	process.env.OPSDESK_TEST_LARGE = '1';
	return (await build()) || (await jest(['--selectProjects', 'large', ...process.argv.slice(2)]));
}

main().then(
	(code) => process.exit(code),
	(error) => {
		console.error(error.message);
		process.exit(1);
	},
);
