import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { cached } from './cache';

const run = promisify(execFile);

/** Prometheus' own checker of rules and metrics, out of Debian's package alone: the server, which starts itself, stays out. */
export async function promtool(): Promise<string> {
	const folder = await cached('promtool', async (into) => {
		const download = () => run('apt-get', ['download', '-q', 'prometheus'], { cwd: into });
		await download().catch(async () => {
			// A machine that has never asked for its lists of packages.
			await run('apt-get', ['update', '-q']);
			await download();
		});
		const [name] = (await readdir(into)).filter((entry) => entry.endsWith('.deb'));
		if (name === undefined) throw new Error('apt-get has stored no package "prometheus".');
		const archive = join(into, name);
		await run('sh', [
			'-c',
			'dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1" ./usr/bin/promtool',
			archive,
			into,
		]);
		await rm(archive);
	});
	return join(folder, 'usr/bin/promtool');
}

/** Runs it, with text as its input; what it says, whether it is content or not. */
export async function askPromtool(args: string[], input = ''): Promise<{ code: number; said: string }> {
	const program = await promtool();
	return await new Promise((resolve, reject) => {
		const child = execFile(program, args, (error, stdout, stderr) => {
			const code = error === null ? 0 : error.code;
			if (typeof code !== 'number') return reject(error ?? new Error('promtool gave no exit code.'));
			resolve({ code, said: stdout + stderr });
		});
		child.stdin?.end(input);
	});
}
