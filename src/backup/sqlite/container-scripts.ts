/**
 * How the programs that may be found in a container make a consistent copy of a database, in the order they are
 * tried. Each holds one read transaction for as long as it copies, so that a busy writer cannot make it begin anew
 * for ever, and opens the original for reading only. Paths are arguments and never part of a script.
 */
export interface SnapshotProgram {
	name: string;
	/** @param patienceMs how long to wait for somebody who keeps the database locked */
	command(path: string, copy: string, patienceMs: number): string[];
}

/** Exit code of a script whose program is too old for it. */
export const tooOldCode = 97;

const pythonScript = `import sqlite3, sys
from urllib.parse import quote
if not hasattr(sqlite3.Connection, 'backup'):
    sys.exit(${tooOldCode})
path, copy, patience = sys.argv[1:]
source = sqlite3.connect('file:' + quote(path) + '?mode=ro', uri=True, timeout=float(patience), isolation_level=None)
source.execute('begin')
source.execute('select count(*) from sqlite_master').fetchone()
target = sqlite3.connect(copy)
source.backup(target)
target.close()
source.close()
`;

const nodeScript = `let sqlite;
try { sqlite = require('node:sqlite'); } catch { process.exit(${tooOldCode}); }
if (!sqlite.backup) process.exit(${tooOldCode});
const [path, copy, patience] = process.argv.slice(1);
const source = new sqlite.DatabaseSync(path, { readOnly: true, timeout: Number(patience) });
source.exec('begin');
source.prepare('select count(*) from sqlite_schema').get();
sqlite.backup(source, copy, { rate: 10000 }).then(
 () => source.close(),
 (error) => { console.error(error.message); process.exit(1); },
);
`;

export const snapshotPrograms: SnapshotProgram[] = [
	{
		name: 'sqlite3',
		// "copy" is a name of ours without quotes; the path of the database is an argument of its own.
		command: (path, copy, patienceMs) => [
			...['sqlite3', '-batch', '-bail', '-readonly', '-init', '/dev/null'],
			...['-cmd', `.timeout ${patienceMs}`, '-cmd', 'begin; select count(*) from sqlite_master;'],
			...[path, `.backup main '${copy}'`],
		],
	},
	...['python3', 'python'].map((name) => ({
		name,
		command: (path: string, copy: string, patienceMs: number) => {
			return [name, '-c', pythonScript, path, copy, String(patienceMs / 1000)];
		},
	})),
	{
		name: 'node',
		command: (path, copy, patienceMs) => ['node', '-e', nodeScript, '--', path, copy, String(patienceMs)],
	},
];
