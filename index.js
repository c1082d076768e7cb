'use strict';

// The library door: every area of the product by name. Areas load on first use.
const areas = [
	'backup',
	'channels',
	'chat',
	'check',
	'decide',
	'docker',
	'shared',
	'sla',
	'store',
	'workflows',
];

for (const area of areas) {
	Object.defineProperty(exports, area, {
		enumerable: true,
		get: () => require(`./dist/src/${area}/index.js`),
	});
}
