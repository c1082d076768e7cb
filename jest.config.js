// CommonJS also for `import()`, which jest cannot run as such; types are checked by the step before the tests.
const compilerOptions = {
	target: 'ES2023',
	module: 'commonjs',
	moduleResolution: 'node10',
	esModuleInterop: true,
	isolatedModules: true,
	resolveJsonModule: true,
	inlineSourceMap: true,
};

/** Packages without a CommonJS form. */
const modulesOnly = '(?:age-encryption|cctv-age|@noble|@scure)';

const common = {
	rootDir: __dirname,
	cacheDirectory: '<rootDir>/.build/jest',
	testEnvironment: 'node',
	transform: {
		'^.+\\.ts$': ['ts-jest', { tsconfig: compilerOptions, diagnostics: false }],
		[`/node_modules/${modulesOnly}/.+\\.js$`]: [
			'ts-jest',
			{ tsconfig: { ...compilerOptions, allowJs: true }, diagnostics: false },
		],
	},
	transformIgnorePatterns: [`/node_modules/(?!${modulesOnly}/)`],
	// `import()` needs the ending that the compiled file will have.
	moduleNameMapper: {
		'^(\\.{1,2}/.*/src/.*)\\.js$': '$1',
		'^(\\./(?:check|engine|globals|in-container|in-temporary-container|network|postgres|s3/open|server|services|workflows))\\.js$':
			'$1',
	},
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.build/'],
};

/** What takes minutes or gigabytes, only for `npm run test:large`. */
const large = { ...common, displayName: 'large', testMatch: ['<rootDir>/test/large/**/*.test.ts'] };

/** Two families: tests that need at most an engine or a database, and tests that share one running n8n. */
module.exports = {
	maxWorkers: 2,
	// What one has loaded for its suites is never given back, and to look through it again and again takes a tenth of the time.
	workerIdleMemoryLimit: '350MB',
	// Only what hangs takes so long; two cores may be shared with others.
	testTimeout: 240_000,
	projects: [
		{
			...common,
			displayName: 'units',
			testMatch: ['<rootDir>/test/{package,src,nodes,credentials,support,demo,bench}/**/*.test.ts'],
		},
		{
			...common,
			displayName: 'n8n',
			testMatch: ['<rootDir>/test/{e2e,workflows}/**/*.test.ts'],
			globalSetup: '<rootDir>/test/support/shared-n8n.setup.ts',
			globalTeardown: '<rootDir>/test/support/shared-n8n.teardown.ts',
		},
		...(process.env.OPSDESK_TEST_LARGE ? [large] : []),
	],
};
