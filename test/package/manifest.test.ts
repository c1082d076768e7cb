import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Scope } from '../support/scope';

const run = promisify(execFile);
const root = resolve(__dirname, '../..');
const json = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));

interface Manifest {
	name: string;
	version: string;
	license: string;
	keywords: string[];
	engines: Record<string, string>;
	n8n: Record<string, unknown>;
	scripts: Record<string, string>;
	dependencies: Record<string, string>;
	devDependencies: Record<string, string>;
	peerDependencies: Record<string, string>;
	peerDependenciesMeta: Record<string, unknown>;
}

interface LockedPackage {
	version?: string;
	resolved?: string;
	integrity?: string;
	link?: boolean;
}

describe('package.json', () => {
	const manifest = json('package.json') as Manifest;

	it('names an exact version of every dependency', () => {
		const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
			([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
		);
		expect(ranges).toEqual([]);
	});

	it('takes n8n-workflow from the n8n it is installed into, and installs no part of n8n itself', () => {
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
		expect(manifest.peerDependenciesMeta).toEqual({ 'n8n-workflow': { optional: true } });
		expect(Object.keys(manifest.dependencies).filter((name) => /^(@n8n\/|n8n-)/.test(name))).toEqual([]);
	});

	it('is recognised by n8n as a community package for self-hosted instances', () => {
		expect(manifest.name).toMatch(/^n8n-nodes-/);
		expect(manifest.keywords).toContain('n8n-community-node-package');
		expect(manifest.n8n).toMatchObject({ n8nNodesApiVersion: 1, strict: false });
		expect(manifest.license).toBe('MIT');
	});

	it('asks for the oldest Node its dependencies and n8n 2.10 run on', () => {
		expect(manifest.engines).toEqual({ node: '>=22.16' });
	});

	it('overrides nobody and runs nothing when it is installed', () => {
		expect(manifest).not.toHaveProperty('overrides');
		const atInstallation = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
		expect(Object.keys(manifest.scripts).filter((name) => atInstallation.includes(name))).toEqual([]);
	});

	it('carries the version that the changelog speaks of', () => {
		expect(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).toMatch(
			new RegExp(`^## \\[(Unreleased|${manifest.version.replaceAll('.', '\\.')})\\]`, 'm'),
		);
	});
});

describe('package-lock.json', () => {
	const { packages } = json('package-lock.json') as { packages: Record<string, LockedPackage> };

	it('names no registry, so that any mirror can serve it, and a checksum for every package', () => {
		const entries = Object.entries(packages).filter(([path, { link }]) => path !== '' && !link);
		expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
		expect(entries.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
	});

	it('is accepted by npm ci as it stands', async () => {
		const scope = await Scope.open('lock');
		try {
			for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
				copyFileSync(join(root, file), scope.path(file));
			}
			const { stdout } = await run('npm', ['ci', '--dry-run', '--offline'], { cwd: scope.folder });
			expect(stdout).toMatch(/added \d+ packages/);
		} finally {
			await scope.close();
		}
	});
});
