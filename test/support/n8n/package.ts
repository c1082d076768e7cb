import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { cached } from '../cache';
import { runCommand } from './command';
import { repositoryRoot } from './paths';

const manifestSchema = z.object({
	name: z.string(),
	n8n: z.object({ nodes: z.array(z.string()), credentials: z.array(z.string()) }),
});

const lockSchema = z.object({ packages: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** Raise it when the way of installing changes, so that an older result in the cache is not used. */
const recipe = 1;

/**
 * Packs the built package as it is published and answers the tarball's path in `folder`.
 * Throws when something that package.json promises has not been built.
 */
export async function packedPackage(folder: string, source = repositoryRoot): Promise<string> {
	await expectBuilt(source);
	await mkdir(folder, { recursive: true });
	const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
	const [packed] = z
		.array(z.object({ filename: z.string() }))
		.parse(JSON.parse(await runCommand('npm', args, { cwd: source })));
	if (!packed) throw new Error('npm pack made no tarball. Run "npm pack --dry-run" to see why.');
	return join(folder, packed.filename);
}

const variable = 'OPSDESK_TEST_PACKAGE';

/**
 * Hands a folder that this package was installed in to the processes that run the tests: npm needs longer than a copy.
 *
 * @param nodesFolder stays as it is for as long as they run
 */
export function sharePackage(nodesFolder: string): void {
	process.env[variable] = nodesFolder;
}

/**
 * Fills `nodesFolder` (`<user folder>/.n8n/nodes`) as a user's `npm install` of the packed tarball does. The
 * dependencies come from the cache; npm itself then replaces our own files by the freshly packed ones.
 */
export async function installPackage(nodesFolder: string, source = repositoryRoot): Promise<void> {
	const installed = source === repositoryRoot ? process.env[variable] : undefined;
	if (installed !== undefined) {
		await linkedCopy(installed, nodesFolder);
		return;
	}
	const tarball = await packedPackage(join(dirname(nodesFolder), 'packed'), source);
	const dependencies = await cached(`package-${await dependenciesKey(source)}`, (folder) =>
		installTarball(folder, tarball),
	);
	await cp(dependencies, nodesFolder, { recursive: true, verbatimSymlinks: true });
	await installTarball(nodesFolder, tarball);
}

/** What npm writes anew in place; everything else it replaces, so that the files themselves can be shared. */
const written = ['package.json', 'package-lock.json', join('node_modules', '.package-lock.json')];

/** Fifteen thousand files take seconds to copy and to remove again; further names for them take a moment. */
async function linkedCopy(from: string, to: string): Promise<void> {
	await runCommand('cp', ['-al', from, to], { cwd: dirname(to) });
	for (const path of written) {
		await rm(join(to, path));
		await copyFile(join(from, path), join(to, path));
	}
}

async function installTarball(folder: string, tarball: string): Promise<void> {
	const flags = ['--omit=dev', '--legacy-peer-deps', '--ignore-scripts', '--prefer-offline', '--no-audit'];
	await runCommand('npm', ['install', tarball, ...flags], { cwd: folder });
}

async function expectBuilt(source: string): Promise<void> {
	const { n8n } = manifestSchema.parse(await readJson(join(source, 'package.json')));
	for (const path of [...n8n.nodes, ...n8n.credentials]) {
		const built = await stat(join(source, path)).catch(() => undefined);
		if (!built) throw new Error(`${path} of package.json is not there. Run "npm run build" first.`);
	}
}

/** Names what a user's install brings besides our own files: the part of the lock file that is not for developers. */
async function dependenciesKey(source: string): Promise<string> {
	const { packages } = lockSchema.parse(await readJson(join(source, 'package-lock.json')));
	const { name, dependencies } = packages[''] ?? {};
	const runtime = Object.entries(packages).filter(
		([path, { dev, devOptional, peer }]) => path !== '' && !dev && !devOptional && !peer,
	);
	const text = JSON.stringify([recipe, name, dependencies, runtime]);
	return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function readJson(path: string): Promise<unknown> {
	return JSON.parse(await readFile(path, 'utf8'));
}
