'use strict';

// `npm run jest -- test/src/docker` runs a part of the suite on a machine that is ready.
const { ensureSystemPackages } = require('../system-packages.cjs');
const { build, jest } = require('./run.cjs');

async function main() {
	ensureSystemPackages(console.log);
	return (await build()) || (await jest(process.argv.slice(2)));
}

main().then(
	(code) => process.exit(code),
	(error) => {
		console.error(error.message);
		process.exit(1);
	},
);
