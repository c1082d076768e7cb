import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { programPath } from '../system-packages.cjs';
import { runCommand } from './command';

const packages = ['node-sqlite3', 'libsqlite3-0'];
const libraries = 'usr/lib/x86_64-linux-gnu';

/**
 * Gives the npm package sqlite3 in `target` its native part without a compiler: Debian ships the same source
 * built against N-API, which does not depend on the version of Node. The SQLite library is put beside it, so
 * that the result also runs in a container that has none. `scratch` is a folder for temporary files.
 */
export async function installSqliteBinding(target: string, scratch: string): Promise<void> {
	await mkdir(scratch, { recursive: true });
	await downloadPackages(scratch);
	for (const file of (await readdir(scratch)).filter((name) => name.endsWith('.deb'))) {
		await runCommand('dpkg-deb', ['-x', file, '.'], { cwd: scratch });
	}
	const release = join(target, 'build', 'Release');
	await mkdir(release, { recursive: true });
	const binding = join(release, 'node_sqlite3.node');
	const built = 'nodejs/sqlite3/lib/binding/napi-v6-linux-glibc-x64/node_sqlite3.node';
	await copyFile(join(scratch, libraries, built), binding);
	await copyFile(join(scratch, libraries, 'libsqlite3.so.0'), join(release, 'libsqlite3.so.0'));
	// Debian's build asks for its own libnode; the symbols it needs are in the running Node.
	const changes = ['--remove-needed', 'libnode.so.108', '--set-rpath', '$ORIGIN'];
	await runCommand(programPath('patchelf'), [...changes, binding], { cwd: scratch });
}

async function downloadPackages(folder: string): Promise<void> {
	const download = (): Promise<string> => runCommand('apt-get', ['download', ...packages], { cwd: folder });
	try {
		await download();
	} catch {
		// The usual cause is a machine whose package lists are missing or out of date.
		await runCommand('apt-get', ['update', '-q'], { cwd: folder }).catch(() => undefined);
		await download().catch((error: Error) => {
			throw new Error(
				`The Debian packages ${packages.join(' and ')} could not be downloaded; n8n's database needs them. ` +
					`Run "apt-get update" as root and see that "apt-get download ${packages.join(' ')}" works.\n${error.message}`,
			);
		});
	}
}
