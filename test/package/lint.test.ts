import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(__dirname, '../..');

interface Message {
	ruleId: string | null;
	message: string;
}

/** Lints each text as if it were that file, with this package's own configuration but without type information. */
async function lint(texts: Array<[filePath: string, code: string]>): Promise<Message[][]> {
	const script = `
		import { ESLint } from 'eslint';
		import tseslint from 'typescript-eslint';
		const eslint = new ESLint({ overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }] });
		const results = [];
		for (const [filePath, code] of JSON.parse(process.argv[1])) {
			const [result] = await eslint.lintText(code, { filePath });
			results.push(result.messages);
		}
		console.log(JSON.stringify(results));
	`;
	// Some of n8n's rules see a test run by its environment and then ignore file names.
	const { NODE_ENV: _, ...env } = process.env;
	const { stdout } = await run(
		process.execPath,
		['--input-type=module', '--eval', script, JSON.stringify(texts)],
		{ cwd: root, env },
	);
	return JSON.parse(stdout) as Message[][];
}

const uses = (specifier: string): string => `import { thing } from '${specifier}'; thing();`;

/** File, text, and a part of the complaint. */
const FORBIDDEN: Array<[filePath: string, code: string, complaint: string]> = [
	['src/docker/x.ts', uses('n8n-workflow'), 'src knows nothing of n8n'],
	[
		'src/docker/x.ts',
		`import type { INode } from 'n8n-workflow'; export type Node = INode;`,
		'knows nothing of n8n',
	],
	['src/docker/x.ts', `export type Node = import('n8n-workflow').INode;`, 'src knows nothing of n8n'],
	['src/docker/x.ts', `export const load = () => import('n8n-core');`, 'src knows nothing of n8n'],
	['src/docker/x.ts', `export * from 'n8n-workflow';`, 'src knows nothing of n8n'],
	['nodes/DockerControl/x.ts', uses('n8n-core'), 'n8n-core is not there'],
	['src/shared/x.ts', uses('../docker'), 'src/shared must not use src/docker'],
	['src/docker/x.ts', uses('../backup'), 'src/docker must not use src/backup'],
	['src/docker/x.ts', uses('../store/index'), 'src/docker must not use src/store'],
	['src/chat/x.ts', uses('../sla'), 'src/chat must not use src/sla'],
	['src/sla/x.ts', uses('../decide'), 'src/sla must not use src/decide'],
	['src/backup/x.ts', uses('../cli'), 'src/backup must not use src/cli'],
	['src/backup/x.ts', uses('../docker/engine'), 'src/docker is used through its index only'],
	['src/backup/destinations/x.ts', uses('../../shared/errors'), 'src/shared is used through its index only'],
	['nodes/SiteBackup/x.ts', uses('../../src/backup/archive'), 'src/backup is used through its index only'],
	['nodes/SiteBackup/x.ts', uses('../../src/cli'), 'nodes must not use src/cli'],
	['src/docker/x.ts', uses('../../nodes/shared/node-error'), 'src/docker must not import from nodes/'],
	['nodes/SiteBackup/x.ts', uses('../../test/support/scope'), 'nodes must not import from test/'],
	['src/docker/x.ts', uses('dockerode'), 'Load it on first use'],
	['src/store/x.ts', uses('@supabase/supabase-js'), 'Load it on first use'],
	['src/docker/x.ts', uses('node:child_process'), 'child_process'],
	['src/docker/x.ts', 'export const value: any = 1;', 'Unexpected any'],
	['test/x.ts', 'export const value: any = 1;', 'Unexpected any'],
	['src/docker/x.ts', 'export const a = 1; // eslint-disable-line no-var', 'Unused eslint-disable directive'],
];

const ALLOWED: Array<[filePath: string, code: string]> = [
	['src/docker/x.ts', uses('../shared')],
	['src/docker/x.ts', uses('./engine')],
	['src/backup/x.ts', uses('../docker')],
	['src/decide/x.ts', uses('../chat/index')],
	['src/cli/x.ts', uses('../backup')],
	['nodes/DockerControl/x.ts', uses('../../src/docker')],
	['nodes/DockerControl/actions/x.ts', uses('../../shared/node-error')],
	['nodes/DockerControl/x.ts', uses('n8n-workflow')],
	['src/docker/x.ts', `import type Docker from 'dockerode'; export type Client = Docker;`],
	['src/docker/x.ts', `export const load = () => import('dockerode');`],
	['src/shared/process.ts', uses('node:child_process')],
	['test/src/docker/x.ts', uses('../../../src/docker/engine')],
];

describe('the lint rules of this package', () => {
	const reported = new Map<string, Message[]>();
	const keyOf = (filePath: string, code: string): string => `${filePath}\n${code}`;

	beforeAll(async () => {
		const texts = [...FORBIDDEN, ...ALLOWED].map(([filePath, code]): [string, string] => [filePath, code]);
		const results = await lint(texts);
		texts.forEach((text, index) => reported.set(keyOf(...text), results[index] ?? []));
	});

	it.each(FORBIDDEN)('refuse in %s: %s', (filePath, code, complaint) => {
		const messages = reported.get(keyOf(filePath, code)) ?? [];
		expect(messages.map(({ message }) => message).join('\n')).toContain(complaint);
	});

	it.each(ALLOWED)('allow in %s: %s', (filePath, code) => {
		expect(reported.get(keyOf(filePath, code))).toEqual([]);
	});
});

describe("n8n's own lint rules", () => {
	/** Every rule that is switched off, and where: the list to read before one is added to it. */
	const EXCEPTIONS: Record<string, string[]> = {
		'@n8n/community-nodes/no-runtime-dependencies': ['package.json'],
		'@n8n/community-nodes/require-node-api-error': [
			'src/docker/index.ts',
			'src/shared/process.ts',
			'test/x.test.ts',
		],
		'@n8n/community-nodes/no-dangerous-functions': ['src/shared/process.ts', 'test/x.test.ts'],
		'n8n-nodes-base/cred-class-field-documentation-url-miscased': ['credentials/DockerApi.credentials.ts'],
		'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': [
			'nodes/DockerControl/DockerControl.node.ts',
		],
		'n8n-nodes-base/node-class-description-outputs-wrong': ['nodes/DockerControl/DockerControl.node.ts'],
	};
	const FILES = [
		...['package.json', 'src/docker/index.ts', 'src/shared/process.ts', 'test/x.test.ts'],
		...['credentials/DockerApi.credentials.ts', 'nodes/DockerControl/DockerControl.node.ts'],
	];

	it('are all in force but for the exceptions listed here', async () => {
		const script = `
			import { ESLint } from 'eslint';
			const eslint = new ESLint();
			const severities = {};
			for (const file of JSON.parse(process.argv[1])) {
				const { rules } = await eslint.calculateConfigForFile(file);
				for (const [rule, [severity]] of Object.entries(rules)) (severities[rule] ??= {})[file] = severity;
			}
			console.log(JSON.stringify(severities));
		`;
		const { stdout } = await run(
			process.execPath,
			['--input-type=module', '--eval', script, JSON.stringify(FILES)],
			{ cwd: root },
		);
		const severities = JSON.parse(stdout) as Record<string, Record<string, number>>;
		const ours = Object.entries(severities).filter(([rule]) =>
			/^(@n8n\/community-nodes|n8n-nodes-base)\//.test(rule),
		);
		expect(ours.length).toBeGreaterThan(150);
		const off = ours.map(([rule, files]) => [rule, FILES.filter((file) => files[file] === 0)] as const);
		expect(Object.fromEntries(off.filter(([, files]) => files.length > 0))).toEqual(EXCEPTIONS);
	});

	it('are nowhere switched off inside a file, and neither is the type checker', () => {
		const switchedOff =
			/eslint-disable.*(n8n|architecture|no-explicit-any)|@ts-(ignore|nocheck|expect-error)/;
		const sources = ['nodes', 'credentials', 'src', 'test'].flatMap((folder) =>
			readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
				join(folder, path),
			),
		);
		const offenders = sources.filter(
			(path) => /\.[cm]?[jt]s$/.test(path) && switchedOff.test(readFileSync(join(root, path), 'utf8')),
		);
		expect(offenders.filter((path) => join(root, path) !== __filename)).toEqual([]);
	});
});
