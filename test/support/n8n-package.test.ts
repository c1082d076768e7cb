import { cp, mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from './n8n/command';
import { startN8n } from './n8n/host';
import { installPackage, packedPackage } from './n8n/package';
import { Scope } from './scope';

const name = 'n8n-nodes-sample';
const node = 'dist/nodes/Sample.node.js';

/** A built package as small as n8n takes it, with one dependency and one node. */
async function samplePackage(folder: string): Promise<string> {
	const manifest = {
		name,
		version: '1.0.0',
		files: ['dist'],
		bin: { sample: 'dist/main.js' },
		n8n: { n8nNodesApiVersion: 1, nodes: [node], credentials: [] },
		dependencies: { commander: '14.0.3' },
	};
	const lock = {
		name,
		version: '1.0.0',
		lockfileVersion: 3,
		packages: { '': manifest, 'node_modules/commander': { version: '14.0.3' } },
	};
	await writeText(join(folder, 'package.json'), JSON.stringify(manifest));
	await writeText(join(folder, 'package-lock.json'), JSON.stringify(lock));
	await writeText(join(folder, 'secret-notes.txt'), 'not published');
	await writeText(join(folder, 'dist/main.js'), '#!/usr/bin/env node\n');
	await writeText(join(folder, node), nodeSource('Sample'));
	return folder;
}

const nodeSource = (displayName: string): string => `
	const { Command } = require('commander');
	exports.Sample = class {
		description = { name: 'sample', displayName: '${displayName}', group: ['input'], version: 1, inputs: ['main'],
			outputs: ['main'], defaults: { name: 'Sample' }, description: typeof Command, properties: [] };
		async execute() { return [[]]; }
	};`;

async function writeText(path: string, text: string): Promise<void> {
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, text);
}

describe('the package in an n8n of the tests', () => {
	let scope: Scope;
	let source: string;
	beforeEach(async () => {
		scope = await Scope.open('n8n-package');
		source = await samplePackage(scope.path('source'));
	});
	afterEach(() => scope.close());

	const files = async (folder: string): Promise<string[]> => {
		const found = await runCommand('find', ['.', '-type', 'f', '-o', '-type', 'l'], { cwd: folder });
		return found.split('\n').filter(Boolean).sort();
	};

	it('has the same files as after a plain npm install, though its dependencies come from the cache', async () => {
		const plain = scope.path('plain');
		await mkdir(plain);
		const tarball = await packedPackage(scope.path('tarball'), source);
		const flags = ['--omit=dev', '--legacy-peer-deps', '--ignore-scripts', '--no-audit'];
		await runCommand('npm', ['install', tarball, ...flags], { cwd: plain });
		const fromCache = scope.path('user', 'nodes');
		await installPackage(fromCache, source);
		expect(await files(fromCache)).toEqual(await files(plain));
		expect(await files(fromCache)).toContain('./node_modules/commander/package.json');
		expect(await files(fromCache)).not.toContain(`./node_modules/${name}/secret-notes.txt`);
		const command = join(fromCache, 'node_modules', '.bin', 'sample');
		expect(await readlink(command)).toBe(`../${name}/dist/main.js`);
		expect((await stat(command)).mode & 0o111).not.toBe(0);
	});

	it('has the files of the last build, not those of an earlier one', async () => {
		await installPackage(scope.path('one', 'nodes'), source);
		await writeFile(join(source, node), nodeSource('Changed'));
		await installPackage(scope.path('two', 'nodes'), source);
		const installed = (stand: string): Promise<string> =>
			readFile(scope.path(stand, 'nodes', 'node_modules', name, node), 'utf8');
		expect(await installed('one')).toContain("'Sample'");
		expect(await installed('two')).toContain("'Changed'");
	});

	it('is refused with advice when it has not been built', async () => {
		const unbuilt = scope.path('unbuilt');
		await cp(source, unbuilt, { recursive: true, filter: (path) => !path.endsWith('.node.js') });
		await expect(packedPackage(scope.path('none'), unbuilt)).rejects.toThrow(
			`${node} of package.json is not there. Run "npm run build" first.`,
		);
	});

	it('is loaded by n8n under its own name', async () => {
		const { client } = await startN8n(scope, { packageSource: source });
		const found = (await client.catalogue.nodeTypes()).find(({ name: type }) => type === `${name}.sample`);
		expect(found).toMatchObject({ displayName: 'Sample', description: 'function' });
	});
});
