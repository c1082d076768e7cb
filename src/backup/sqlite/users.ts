import { readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';

/**
 * The programs that have a file open, e.g. `node (pid 812)`: those this process may look at. Programs of other users
 * (unless this one is root), of other containers and of other hosts are not seen.
 */
export async function programsUsing(path: string): Promise<string[]> {
	const wanted = await stat(path, { bigint: true }).catch(() => undefined);
	if (!wanted) return [];
	const found: string[] = [];
	for (const pid of await readdir('/proc').catch(() => [])) {
		if (!/^\d+$/.test(pid)) continue;
		const folder = `/proc/${pid}/fd`;
		for (const descriptor of await readdir(folder).catch(() => [])) {
			const open = await stat(`${folder}/${descriptor}`, { bigint: true }).catch(() => undefined);
			if (open?.ino !== wanted.ino || open.dev !== wanted.dev) continue;
			const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
			found.push(`${basename(command.split('\0')[0] ?? '') || 'a program'} (pid ${pid})`);
			break;
		}
	}
	return found;
}
