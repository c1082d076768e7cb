'use strict';

// `npm run demo [-- --once]`: a site is backed up through n8n, destroyed, restored and compared.
const { ensureSystemPackages } = require('../system-packages.cjs');
const { build } = require('./run.cjs');

async function main() {
	ensureSystemPackages(console.log);
	const code = await build();
	if (code !== 0) return code;
	require('../typescript.cjs');
	const { demo } = require('../../demo/main.ts');
	return await demo(process.argv.slice(2));
}

main().then(
	(code) => process.exit(code),
	(error) => {
		console.error(`[opsdesk] ${error.message}`);
		process.exit(1);
	},
);
