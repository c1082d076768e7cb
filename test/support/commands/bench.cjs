'use strict';

// `npm run bench [-- AREA …]`: measures and prints one JSON document; everything else goes to the error output.
const { ensureSystemPackages } = require('../system-packages.cjs');
const { build } = require('./run.cjs');

async function main() {
	ensureSystemPackages(console.error);
	const code = await build();
	if (code !== 0) return code;
	require('../typescript.cjs');
	const { bench } = require('../../bench/main.ts');
	return await bench(process.argv.slice(2));
}

main().then(
	(code) => process.exit(code),
	(error) => {
		console.error(`[opsdesk] ${error.message}`);
		process.exit(1);
	},
);
