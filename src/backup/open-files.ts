import { readdirSync, readFileSync, statSync, type BigIntStats } from 'node:fs';

/** Files that were opened since are seen so much later at the latest. */
const freshMs = 1000;
const accessMode = 0o3;
const readAndWrite = 0o2;

/** Why such a file is left out, as a warning of it. */
export const openHere =
	'is open in this process for reading and writing, as n8n has its database, and is left out: to read it here would take away the locks that protect it. Save it with the entry "n8n", any other database under "databases" (type sqlite), and exclude it here';

/**
 * Files that this process itself, whichever thread of it, has open for reading and writing, as SQLite has databases and
 * their logs. Nothing else here may open them: as soon as a process closes a file, it loses all locks it has on it, and
 * SQLite believes that they still hold ("How To Corrupt An SQLite Database File", 2.2).
 */
export class OpenFiles {
	private identities = new Set<string>();
	private seenAtMs = -Infinity;

	has({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): boolean {
		if (performance.now() - this.seenAtMs > freshMs) {
			this.identities = look();
			this.seenAtMs = performance.now();
		}
		return this.identities.has(`${dev}:${ino}`);
	}
}

function look(): Set<string> {
	const found = new Set<string>();
	for (const descriptor of readdirSync('/proc/self/fd')) {
		try {
			// Asked first: a file that is written to on a share that hangs would not answer.
			if (!isReadAndWritten(descriptor)) continue;
			const stats = statSync(`/proc/self/fd/${descriptor}`, { bigint: true });
			if (stats.isFile()) found.add(`${stats.dev}:${stats.ino}`);
		} catch {
			// It was closed meanwhile.
		}
	}
	return found;
}

/** Where the kernel does not tell, it is taken to be so. */
function isReadAndWritten(descriptor: string): boolean {
	const [, flags] = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
	return flags === undefined || (Number.parseInt(flags, 8) & accessMode) === readAndWrite;
}
