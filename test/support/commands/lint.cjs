'use strict';

const { check, lint, format } = require('./run.cjs');

Promise.all([check(), lint(), format()]).then((codes) =>
	process.exit(codes.some((code) => code !== 0) ? 1 : 0),
);
