import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startEngine, type TestEngine } from '../../support/engine';
import { loadHelperImage, loadImages } from '../../support/images/images';
import type { Scope } from '../../support/scope';
import type { Area, Tell } from '../main';
import { databaseContainer, measureDatabase, startDatabases } from './database';
import { fileMixes, writeFiles, type FileSet } from './files';
import type { AgeKey } from './peers';
import { measureResponsiveness } from './responsiveness';
import { measureTree, type Tree } from './trees';
import { measureSite } from './whole-site';

/**
 * How fast backups and restores are against the command-line tools that do the same work, what memory they take, how
 * long a site of 2 GB takes, and whether n8n stays quick meanwhile.
 */
export const measure: Area = async (scope, tell) => {
	tell('files are written');
	const files = await writeFiles(scope.path('files', 'many'), fileMixes.manySmall, 'many');
	warm(files.folder);
	const key = makeKey(scope);
	const directory = await measureTree(directoryTree(files, scope), key, scope.path('bench'), tell);
	tell('a container engine starts');
	const engine = await startEngine(scope, 'bench-engine');
	await loadImages(engine.docker, ['tools', 'postgres']);
	await loadHelperImage(engine.docker);
	const docker = credentialOf(engine);
	const volume = await measureVolume(engine, docker, files, key, scope, tell);
	tell('databases are filled');
	await startDatabases(engine);
	const database = await measureDatabase(engine, docker, scope.path('bench-database'), tell);
	tell('more files are written');
	const large = await writeFiles(scope.path('files', 'large'), fileMixes.large, 'large');
	warm(large.folder);
	const site = await measureSite(large, key, docker, scope.path('bench-site'), tell);
	await engine.process.end();
	const both: FileSet = {
		folder: scope.path('files'),
		files: files.files + large.files,
		bytes: files.bytes + large.bytes,
	};
	const responsiveness = await measureResponsiveness(scope, both, tell);
	return { directory, volume, database, site, responsiveness };
};

function directoryTree(files: FileSet, scope: Scope): Tree {
	const tiny = scope.path('tiny');
	mkdirSync(tiny);
	writeFileSync(join(tiny, 'file'), 'a few bytes\n');
	const backup = (path: string): object => ({ directories: [{ name: 'files', path }] });
	return {
		label: 'Directory',
		files,
		peerFolder: files.folder,
		backup: backup(files.folder),
		tinyBackup: backup(tiny),
		artefact: 'files-files',
		ratio: 1,
		wholly: true,
	};
}

async function measureVolume(
	engine: TestEngine,
	docker: object,
	files: FileSet,
	key: AgeKey,
	scope: Scope,
	tell: Tell,
): Promise<object> {
	const folder = await volume(engine, 'bench_files');
	execFileSync('cp', ['-a', `${files.folder}/.`, folder]);
	warm(folder);
	writeFileSync(join(await volume(engine, 'bench_tiny'), 'file'), 'a few bytes\n');
	const backup = (name: string): object => ({ volumes: [{ name: 'files', volume: name }] });
	const tree: Tree = {
		label: 'Volume through the engine',
		files,
		peerFolder: folder,
		backup: backup('bench_files'),
		tinyBackup: backup('bench_tiny'),
		artefact: 'volume-files',
		docker,
		ratio: 0.8,
		wholly: false,
	};
	return await measureTree(tree, key, scope.path('bench-volume'), tell);
}

const credentialOf = ({ socketPath }: TestEngine): object => ({
	connectionType: 'socket',
	socketPath,
	accessLevel: 'full',
	allowedContainers: databaseContainer,
	allowedVolumes: 'bench_*',
	timeoutSeconds: 60,
});

function makeKey(scope: Scope): AgeKey {
	const identityFile = scope.path('key.txt');
	execFileSync('age-keygen', ['-o', identityFile], { stdio: 'ignore' });
	const text = readFileSync(identityFile, 'utf8');
	const found = (pattern: RegExp): string => pattern.exec(text)?.[0] ?? '';
	return { identityFile, recipient: found(/age1\w+/), identity: found(/AGE-SECRET-KEY-1\w+/) };
}

/** The folder of a new volume, as this machine sees it. */
async function volume(engine: TestEngine, name: string): Promise<string> {
	await engine.docker.createVolume({ Name: name });
	return (await engine.docker.getVolume(name).inspect()).Mountpoint;
}

/** Reads everything once, so that neither side is the first to ask the disk. */
function warm(folder: string): void {
	if (readdirSync(folder).length === 0) throw new Error(`${folder} is empty.`);
	execFileSync('sh', ['-c', 'tar -C "$0" -cf - . | cat > /dev/null', folder]);
}
