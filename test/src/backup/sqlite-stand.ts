import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';

import { parseSites, type Site } from '../../../src/shared';

export type JournalMode = 'wal' | 'delete';

/** Makes a database with a table of so many rows. */
export function makeDatabase(path: string, rows = 3, journalMode: JournalMode = 'delete'): void {
	const database = new DatabaseSync(path);
	database.exec(
		`pragma journal_mode=${journalMode}; create table orders (id integer primary key, note text);
		 with recursive n(i) as (select 1 union all select i+1 from n where i < ${rows}) insert into orders select i, 'note '||i from n`,
	);
	database.close();
}

/** A site named `shop` with one SQLite database named `app`. */
export function sqliteSite(path: string, backups: string, more: Record<string, unknown> = {}): Site {
	const [site] = parseSites({
		name: 'shop',
		backup: { databases: [{ name: 'app', type: 'sqlite', path, ...more }] },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	});
	if (!site) throw new Error('The site was not read.');
	return site;
}

/** What the `sqlite3` program says, without any log of the database being made. */
export function sqlite3(path: string, sql: string): string {
	return execFileSync('sqlite3', ['-batch', path, sql], { encoding: 'utf8' }).trim();
}

const writerScript = (path: string, journalMode: JournalMode): string => `
const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(${JSON.stringify(path)}, { timeout: 10000 });
database.exec('pragma journal_mode=${journalMode}; pragma synchronous=off; pragma wal_autocheckpoint=200;' +
 'create table if not exists debit (id integer primary key, pad text); create table if not exists credit (id integer primary key, pad text)');
const insert = ['debit', 'credit'].map((name) => database.prepare('insert into ' + name + ' (pad) values (?)'));
let committed = 0;
const step = () => {
 database.exec('begin immediate');
 for (const statement of insert) statement.run('x'.repeat(200));
 database.exec('commit');
 committed += 1;
 process.send(committed, () => setTimeout(step, 1));
};
step();`;

/** A process that commits one transaction after the other, hardly a millisecond apart: a row in each of two tables. */
export class BusyWriter {
	/** Transactions that were committed, as far as they were told. */
	committed = 0;

	private constructor(private readonly process: ChildProcess) {
		process.on('message', (committed: number) => (this.committed = committed));
	}

	static async start(path: string, journalMode: JournalMode): Promise<BusyWriter> {
		const child = spawn(process.execPath, ['-e', writerScript(path, journalMode)], {
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
		});
		const writer = new BusyWriter(child);
		await once(child, 'message');
		return writer;
	}

	async stop(): Promise<void> {
		if (this.process.exitCode !== null || this.process.signalCode !== null) return;
		this.process.kill('SIGKILL');
		await once(this.process, 'exit');
	}
}

/** Runs a script with the database open as `database` in a process of its own, and kills that with SIGKILL. */
export async function dieWhile(path: string, script: string): Promise<void> {
	const code = `const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(${JSON.stringify(path)});
${script}
process.send('ready'); setInterval(() => {}, 1000);`;
	const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
	await once(child, 'message');
	child.kill('SIGKILL');
	await once(child, 'exit');
}
