import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from '../../../src/cli';
import { shippedFolder } from '../../../src/workflows';

let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'opsdesk-cli-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function run(
	args: string[],
	env: Record<string, string> = {},
): Promise<{ exitCode: number; out: string; err: string }> {
	const printed = { out: '', err: '' };
	const exitCode = await runCommandLine(args, {
		out: (text) => (printed.out += text),
		err: (text) => (printed.err += text),
		env,
	});
	return { exitCode, ...printed };
}

async function changedWorkflow(change: (workflow: Record<string, unknown>) => void): Promise<string> {
	const workflow = JSON.parse(await readFile(join(shippedFolder, 'read-settings.json'), 'utf8')) as Record<
		string,
		unknown
	>;
	change(workflow);
	const file = join(folder, 'read-settings.json');
	await writeFile(file, JSON.stringify(workflow));
	return file;
}

test('list prints a line per workflow, and the same as JSON', async () => {
	const { exitCode, out } = await run(['workflows', 'list']);
	expect(exitCode).toBe(0);
	expect(out).toMatch(/^send-alert +\d+\.\d+\.\d+ +[A-Za-z0-9]{16} +Tells people/m);
	const listed = JSON.parse((await run(['workflows', 'list', '--json'])).out) as { name: string }[];
	expect(listed.map(({ name }) => name)).toEqual(
		expect.arrayContaining(['handle-errors', 'read-settings', 'send-alert']),
	);
});

test('check finds nothing in the workflows of the package', async () => {
	const { exitCode, out } = await run(['workflows', 'check']);
	expect([exitCode, out]).toEqual([0, expect.stringMatching(/^\d+ workflows checked, 0 findings\n$/)]);
});

test('check fails with exit code 1 and names workflow, node, fault and remedy', async () => {
	const file = await changedWorkflow((workflow) => {
		workflow.active = true;
		workflow.versionId = 'x';
	});
	const text = await run(['workflows', 'check', file]);
	expect(text.exitCode).toBe(1);
	expect(text.out).toContain(
		'read-settings: It is not inactive. Set "active": false; users publish it after set-up. (inactive)',
	);
	const { findings } = JSON.parse((await run(['workflows', 'check', file, '--json'])).out) as {
		findings: { rule: string }[];
	};
	expect(findings.map(({ rule }) => rule)).toEqual(['inactive', 'no-instance-data']);
});

test('a file that is no workflow fails with a reason and a way out', async () => {
	const file = join(folder, 'broken.json');
	await writeFile(file, '{"nodes": 5}');
	const { exitCode, err } = await run(['workflows', 'check', file]);
	expect(exitCode).toBe(1);
	expect(err).toMatch(/broken\.json is not a workflow: .*nodes: .*\nName a workflow file as n8n exports it/s);
	const json = await run(['workflows', 'check', join(folder, 'nowhere.json'), '--json']);
	expect(JSON.parse(json.out)).toMatchObject({ error: { code: 'unreadable_file' } });
});

test.each([
	[['workflows', 'lst']],
	[['workflows', 'list', '--jsn']],
	[['workflows', 'import', '--url']],
	[['nonsense']],
])('wrong usage %j ends with exit code 2', async (args) => {
	const { exitCode, err } = await run(args);
	expect([exitCode, err]).toEqual([2, expect.stringContaining('error')]);
});

test('help and version end with exit code 0', async () => {
	expect((await run(['--help'])).exitCode).toBe(0);
	expect(await run(['--version'])).toMatchObject({
		exitCode: 0,
		out: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
	});
});

test('import and diff say what is missing before anything is sent', async () => {
	const missing = await run(['workflows', 'diff', '--json']);
	expect(missing.exitCode).toBe(1);
	expect(JSON.parse(missing.out)).toMatchObject({
		error: { code: 'invalid_url', remedy: 'Give --url or set OPSDESK_N8N_URL.' },
	});
	const noKey = await run(['workflows', 'import', '--url', 'http://127.0.0.1:1']);
	expect(noKey.err).toMatch(/The API key of n8n is missing\.\n.*--api-key-file or set OPSDESK_N8N_API_KEY/);
	const noFile = await run([
		'workflows',
		'import',
		'--url',
		'http://127.0.0.1:1',
		'--api-key-file',
		join(folder, 'none'),
	]);
	expect(noFile.err).toMatch(/The file with the API key cannot be read: .*ENOENT/);
});

test('an n8n that cannot be reached fails with exit code 1, and the key is not shown', async () => {
	const key = join(folder, 'key');
	await writeFile(key, 'very-secret-key\n');
	for (const json of [[], ['--json']]) {
		const { exitCode, out, err } = await run([
			'workflows',
			'import',
			'--url',
			'http://127.0.0.1:1',
			'--api-key-file',
			key,
			...json,
		]);
		expect(exitCode).toBe(1);
		expect(out + err).toContain('cannot be reached: ');
		expect(out + err).not.toContain('very-secret-key');
	}
});

test('an unknown workflow is named together with those there are', async () => {
	const env = { OPSDESK_N8N_URL: 'http://127.0.0.1:1', OPSDESK_N8N_API_KEY: 'k' };
	const { exitCode, err } = await run(['workflows', 'import', 'send-alrt'], env);
	expect([exitCode, err]).toEqual([
		1,
		expect.stringMatching(/no workflow "send-alrt".*\nChoose from: .*send-alert/s),
	]);
});
