import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache';
import { runCommand } from './command';
import { pinnedNode } from './paths';
import { installSqliteBinding } from './sqlite-binding';

export interface N8nInstallation {
	/** Holds n8n and all it needs; refers to nothing outside itself, so it can be mounted elsewhere read-only. */
	folder: string;
	/** Node 24, the version this n8n asks for. */
	nodeBinary: string;
	/** n8n's start script, to be run with `nodeBinary`. */
	n8nBinary: string;
	version: string;
}

const version = '2.41.1';
const pnpmVersion = '10.34.9';

/** Raise it when the steps below change, so that an older result in the cache is not used. */
const recipe = 2;

/** Fixes what n8n brings, too: its own ranges change from day to day. */
const lockFile = join(__dirname, 'pnpm-lock.yaml');

const manifest = {
	name: 'n8n-for-tests',
	private: true,
	dependencies: { n8n: version },
	pnpm: {
		// Later versions of these need packages that the registry does not have.
		overrides: { linkedom: '0.18.9', '@langchain/langgraph': '1.4.18', '@langchain/protocol': '0.0.19' },
	},
};

/**
 * The n8n the tests run, installed on first use into the user's cache directory (about a minute, 2 GB).
 * Throws when the npm registry or Debian's package archive cannot be reached.
 */
export async function n8nInstallation(): Promise<N8nInstallation> {
	const folder = await cached(`n8n-${version}-${recipe}`, install);
	const n8nBinary = join(folder, 'node_modules', 'n8n', 'bin', 'n8n');
	return { folder, nodeBinary: pinnedNode, n8nBinary, version };
}

async function install(folder: string): Promise<void> {
	// The hoisted layout has no links into the store, so the store can go and the folder can be renamed.
	await writeFile(join(folder, '.npmrc'), 'node-linker=hoisted\nignore-scripts=true\n');
	await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, '\t'));
	await copyFile(lockFile, join(folder, 'pnpm-lock.yaml'));
	const tools = join(folder, '.tools');
	try {
		await installPackages(folder, tools);
		await installSqliteBinding(join(folder, 'node_modules', 'sqlite3'), join(tools, 'sqlite'));
	} finally {
		await rm(tools, { recursive: true, force: true });
	}
	await expectVersion(folder);
}

/** npm needs more than four minutes for n8n, pnpm less than one. */
async function installPackages(folder: string, tools: string): Promise<void> {
	const pnpmPackage = `pnpm@${pnpmVersion}`;
	await runCommand('npm', ['install', pnpmPackage, '--prefix', tools, '--ignore-scripts', '--no-save'], {
		cwd: folder,
	});
	const pnpm = join(tools, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
	const args = [
		'install',
		'--prod',
		'--frozen-lockfile',
		'--ignore-scripts',
		'--store-dir',
		join(tools, 'store'),
	];
	// pnpm's own caches would otherwise stay in the user's home directory.
	const env = { XDG_CACHE_HOME: join(tools, 'cache'), XDG_STATE_HOME: join(tools, 'state'), CI: 'true' };
	await runCommand(pinnedNode, [pnpm, ...args], { cwd: folder, env });
}

async function expectVersion(folder: string): Promise<void> {
	const text = await readFile(join(folder, 'node_modules', 'n8n', 'package.json'), 'utf8');
	if (!text.includes(`"version": "${version}"`)) {
		throw new Error(`The npm registry answered another n8n than ${version}. Check the registry npm uses.`);
	}
}
