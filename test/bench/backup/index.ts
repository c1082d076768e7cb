import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startEngine, type TestEngine } from '../../support/engine';
import { loadImages } from '../../support/images/images';
import type { Scope } from '../../support/scope';
import type { Area, Tell } from '../main';
import { compareWithTar, type Subject } from './comparison';
import { writeFiles, type FileSet } from './files';
import { measureResponsiveness } from './responsiveness';

/** Sets of files in the big backup that n8n has to bear: 2.5 GB. */
const sets = 4;

/** How fast backups are against `tar | zstd`, what memory they take, and whether n8n stays quick meanwhile. */
export const measure: Area = async (scope, tell) => {
	tell('files are written');
	const files = await writeFiles(scope.path('files', 'set-1'), 'set-1');
	warm(files.folder);
	const directory = await compareWithTar(directorySubject(files, scope), scope.path('bench'), tell);
	const volume = await measureVolume(files, scope, tell);
	tell('more files are written');
	const big: FileSet = { ...files, folder: scope.path('files') };
	for (let number = 2; number <= sets; number += 1) {
		const more = await writeFiles(scope.path('files', `set-${number}`), `set-${number}`);
		big.files += more.files;
		big.bytes += more.bytes;
	}
	warm(big.folder);
	const responsiveness = await measureResponsiveness(scope, big, tell);
	return { directory, volume, responsiveness };
};

function directorySubject(files: FileSet, scope: Scope): Subject {
	const tiny = scope.path('tiny');
	mkdirSync(tiny);
	writeFileSync(join(tiny, 'file'), 'a few bytes\n');
	const site = (path: string) => (destination: string) => ({
		name: 'bench',
		backup: { directories: [{ name: 'files', path }] },
		destinations: [local(destination)],
	});
	return {
		label: 'Directory',
		files,
		peerFolder: files.folder,
		site: site(files.folder),
		tinySite: site(tiny),
		ratio: 0.6,
	};
}

async function measureVolume(files: FileSet, scope: Scope, tell: Tell): Promise<object> {
	tell('a container engine starts');
	const engine = await startEngine(scope, 'bench-engine');
	await loadImages(engine.docker, ['tools']);
	const folder = await volume(engine, 'bench_files');
	execFileSync('cp', ['-a', `${files.folder}/.`, folder]);
	warm(folder);
	writeFileSync(join(await volume(engine, 'bench_tiny'), 'file'), 'a few bytes\n');
	const site = (name: string) => (destination: string) => ({
		name: 'bench',
		backup: { volumes: [{ name: 'files', volume: name }] },
		destinations: [local(destination)],
	});
	const subject: Subject = {
		label: 'Volume through the engine',
		files,
		peerFolder: folder,
		site: site('bench_files'),
		tinySite: site('bench_tiny'),
		docker: {
			connectionType: 'socket',
			socketPath: engine.socketPath,
			accessLevel: 'full',
			allowedContainers: '*',
			allowedVolumes: 'bench_*',
		},
		ratio: 0.4,
	};
	const measured = await compareWithTar(subject, scope.path('bench-volume'), tell);
	await engine.process.end();
	return measured;
}

const local = (path: string) => ({ name: 'local', type: 'directory', path });

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
