import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Migration {
	/** Their order. Not every number needs to be there. */
	version: number;
	/** As the file is called: `0001_tenants`. */
	name: string;
	sql: string;
	checksum: string;
}

const folder = join(__dirname, '..', 'migrations');

/** All migrations of this version of the package, in their order. */
export function migrations(): Migration[] {
	return readdirSync(folder)
		.filter((file) => /^\d{4}_.*\.sql$/.test(file))
		.sort()
		.map((file) => ({
			version: Number(file.slice(0, 4)),
			name: file.slice(0, -'.sql'.length),
			...read(file),
		}));
}

/** Who may do what; made anew whenever it, these migrations or the roles of the server have changed. */
export function accessRules(steps: Migration[]): { sql: string; checksum: string } {
	const { sql, checksum } = read('access.sql');
	const own = {
		'{own tables}': `{schema_migrations,${made('table', steps)}}`,
		'{own functions}': `{${made('function', steps)}}`,
	};
	return {
		sql: Object.entries(own).reduce((text, [place, names]) => text.replace(place, names), sql),
		checksum,
	};
}

/** What migrations make, each name once. */
function made(kind: 'table' | 'function', steps: Migration[]): string {
	const names = steps.flatMap(({ sql }) => [
		...sql.matchAll(new RegExp(`^create (?:or replace )?${kind} (\\w+)`, 'gm')),
	]);
	return [...new Set(names.map(([, name]) => name))].join(',');
}

function read(file: string): { sql: string; checksum: string } {
	// A checkout may have changed the ends of lines.
	const sql = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n');
	return { sql, checksum: createHash('sha256').update(sql).digest('hex') };
}
