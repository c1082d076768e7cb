import eslint from '@eslint/js';
import communityNodes from '@n8n/eslint-plugin-community-nodes';
import nodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';
import architecture from './test/support/lint/architecture.mjs';

const PRODUCT = ['nodes/**/*.ts', 'credentials/**/*.ts', 'src/**/*.ts'];

/** Loaded on first use only: a value import at the top of a file would load them with n8n itself. */
const HEAVY_PACKAGES = [
	...[
		'@aws-sdk/*',
		'@supabase/*',
		'age-encryption',
		'date-holidays',
		'dockerode',
		'ical.js',
		'pg',
		're2js',
		'telegraf',
		'tinyld',
	],
	'yaml',
];

const nodeGlobals = Object.fromEntries(
	[
		...['AbortController', 'AbortSignal', 'Atomics', 'Buffer', 'SharedArrayBuffer', 'URL', 'URLSearchParams'],
		...['clearInterval', 'clearTimeout', 'console', 'fetch', 'process', 'setInterval', 'setTimeout'],
	].map((name) => [name, 'readonly']),
);
const commonJsGlobals = {
	__dirname: 'readonly',
	__filename: 'readonly',
	exports: 'writable',
	module: 'writable',
	require: 'readonly',
};

/** A rule set of a plugin that still speaks ESLint's old configuration format. */
const legacyRules = (name, files, contradicted = []) => ({
	files,
	plugins: { 'n8n-nodes-base': nodesBase },
	rules: {
		...nodesBase.configs[name].rules,
		...Object.fromEntries(contradicted.map((rule) => [`n8n-nodes-base/${rule}`, 'off'])),
	},
});

export default tseslint.config(
	{ ignores: ['node_modules/', 'dist/', '.build/', 'coverage/', 'test/fixtures/'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	{ files: ['**/*.{ts,js,cjs,mjs}'], extends: [eslint.configs.recommended] },
	{
		files: ['**/*.{js,cjs}'],
		languageOptions: { sourceType: 'commonjs', globals: { ...nodeGlobals, ...commonJsGlobals } },
	},
	{ files: ['**/*.mjs'], languageOptions: { globals: nodeGlobals } },
	{
		files: ['**/*.ts'],
		extends: [tseslint.configs.strict],
		languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
		rules: {
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
			'@typescript-eslint/await-thenable': 'error',
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-misused-promises': 'error',
			'@typescript-eslint/no-unnecessary-type-assertion': 'error',
			'@typescript-eslint/only-throw-error': 'error',
			'@typescript-eslint/switch-exhaustiveness-check': [
				'error',
				{ considerDefaultExhaustiveForUnions: true },
			],
		},
	},
	{
		...communityNodes.configs.recommendedWithoutN8nCloudSupport,
		files: ['**/*.ts', 'package.json'],
	},
	{
		files: ['package.json'],
		languageOptions: { parser: tseslint.parser, parserOptions: { extraFileExtensions: ['.json'] } },
		// The product's libraries are dependencies; it is installed on self-hosted n8n only.
		rules: { '@n8n/community-nodes/no-runtime-dependencies': 'off' },
	},
	legacyRules('community', ['package.json']),
	// n8n's newer rules ask for the opposite: credential-documentation-url wants a URL …
	legacyRules('credentials', ['credentials/**/*.ts'], ['cred-class-field-documentation-url-miscased']),
	// … and node-connection-type-literal wants NodeConnectionTypes.Main in place of 'main'.
	legacyRules(
		'nodes',
		['nodes/**/*.ts'],
		['node-class-description-inputs-wrong-regular-node', 'node-class-description-outputs-wrong'],
	),
	{
		files: PRODUCT,
		plugins: { architecture },
		rules: {
			'architecture/import-direction': 'error',
			'@typescript-eslint/no-restricted-imports': [
				'error',
				{
					patterns: [
						{
							group: HEAVY_PACKAGES,
							allowTypeImports: true,
							message: 'Load it on first use: const { … } = await import(…).',
						},
					],
				},
			],
		},
	},
	{
		files: ['src/**/*.ts', 'test/**/*.ts'],
		// Only nodes and credentials know n8n's error classes; src throws its own, which nodes/ turns into those.
		rules: { '@n8n/community-nodes/require-node-api-error': 'off' },
	},
	{
		// They take n8n's own credentials where n8n has a type for them: whoever has them in n8n writes no key twice.
		files: [
			'nodes/ChannelSend/ChannelSend.node.ts',
			'nodes/ChannelTrigger/ChannelTrigger.node.ts',
			'nodes/EvaDecide/EvaDecide.node.ts',
			'nodes/SiteBackup/SiteBackup.node.ts',
			'nodes/SiteCheck/SiteCheck.node.ts',
			'nodes/SlaTimer/SlaTimer.node.ts',
			'nodes/SlaTimerTrigger/SlaTimerTrigger.node.ts',
			'nodes/SupabaseChatStore/SupabaseChatStore.node.ts',
		],
		rules: {
			'@n8n/community-nodes/no-credential-reuse': 'off',
			'@n8n/community-nodes/valid-credential-references': 'off',
			'n8n-nodes-base/node-class-description-credentials-name-unsuffixed': 'off',
		},
	},
	{
		files: ['src/shared/process.ts', 'test/**/*.ts'],
		rules: { '@n8n/community-nodes/no-dangerous-functions': 'off' },
	},
);
