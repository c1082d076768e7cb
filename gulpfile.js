const { src, dest, parallel } = require('gulp');

// Everything that the TypeScript compiler does not carry into the package.
const assets = {
	icons: ['{nodes,credentials}/**/*.svg', 'dist'],
	codex: ['nodes/**/*.node.json', 'dist'],
	workflows: ['workflows/**/*.{json,md}', 'dist'],
	sql: ['src/**/*.sql', 'dist'],
};

const copies = Object.entries(assets).map(([name, [pattern, target]]) =>
	Object.assign(() => src(pattern, { base: '.', allowEmpty: true, encoding: false }).pipe(dest(target)), {
		displayName: `copy:${name}`,
	}),
);

exports.default = parallel(...copies);
