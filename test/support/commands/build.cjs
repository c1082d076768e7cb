'use strict';

require('./run.cjs')
	.build()
	.then((code) => process.exit(code));
