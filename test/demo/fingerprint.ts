import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What is compared of one part of a site: how much it is and a hash over all of it. */
export interface Fingerprint {
	part: string;
	/** Files and folders, or rows. */
	count: number;
	hash: string;
}

export interface Comparison {
	part: string;
	before: Fingerprint;
	/** Missing when the part is gone. */
	after: Fingerprint | undefined;
	equal: boolean;
}

/**
 * Hashes everything below a folder: path, kind, mode, owner, size, time and content of each entry. Written without
 * the product's code, so that a mistake there cannot hide itself.
 */
export function fingerprintFolder(part: string, root: string): Fingerprint {
	const hash = createHash('sha256');
	let count = 0;
	const visit = (folder: Buffer): void => {
		const names = readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare);
		for (const name of names) {
			const path = Buffer.concat([folder, Buffer.from('/'), name]);
			const entry = lstatSync(path);
			count += 1;
			hash.update(path.subarray(Buffer.byteLength(root)));
			hash.update(
				`\0${entry.mode.toString(8)} ${entry.uid}:${entry.gid} ${Math.floor(entry.mtimeMs / 1000)}\0`,
			);
			if (entry.isSymbolicLink()) hash.update(readlinkSync(path, { encoding: 'buffer' }));
			if (entry.isFile()) hash.update(createHash('sha256').update(readFileSync(path)).digest());
			if (entry.isDirectory()) visit(path);
		}
	};
	visit(Buffer.from(root));
	return { part, count, hash: hash.digest('hex') };
}

/** Runs a statement and answers the rows psql prints, unaligned and without headings. */
export type Query = (sql: string) => Promise<string[]>;

/** The rows of every table in any order, and one entry for what lies around them: indexes, keys, views, sequences. */
export async function fingerprintDatabase(query: Query): Promise<Fingerprint[]> {
	const tables = await query(
		`SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
		WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
	);
	const found: Fingerprint[] = [];
	for (const table of tables) {
		const [row = ''] = await query(
			`SELECT count(*) || ' ' || coalesce(md5(string_agg(hash, '' ORDER BY hash)), 'empty')
			FROM (SELECT md5(t::text) AS hash FROM ${table} t) rows`,
		);
		found.push(counted(`table ${table.replace('public.', '')}`, row));
	}
	const [structure = ''] = await query(
		`SELECT count(*) || ' ' || md5(coalesce(string_agg(line, E'\\n' ORDER BY line), ''))
		FROM (
			SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public'
			UNION ALL SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid > 0
			UNION ALL SELECT viewname || definition FROM pg_views WHERE schemaname = 'public'
			UNION ALL SELECT format('%s %s', sequencename, last_value) FROM pg_sequences
			UNION ALL SELECT format('%s %s %s %s', table_name, column_name, data_type, column_default)
				FROM information_schema.columns WHERE table_schema = 'public'
		) AS lines`,
	);
	return [...found, counted('database structure', structure)];
}

function counted(part: string, row: string): Fingerprint {
	const [count = '', hash = ''] = row.split(' ');
	return { part, count: Number(count), hash };
}

/** Sets what was against what is; a part that has come in addition counts as a difference. */
export function compareFingerprints(before: Fingerprint[], after: Fingerprint[]): Comparison[] {
	const found = new Map(after.map((entry) => [entry.part, entry]));
	const compared = before.map((entry): Comparison => {
		const now = found.get(entry.part);
		const equal = now !== undefined && now.count === entry.count && now.hash === entry.hash;
		return { part: entry.part, before: entry, after: now, equal };
	});
	const known = new Set(before.map(({ part }) => part));
	const added = after
		.filter(({ part }) => !known.has(part))
		.map((entry): Comparison => {
			const nothing = { part: entry.part, count: 0, hash: '' };
			return { part: entry.part, before: nothing, after: entry, equal: false };
		});
	return [...compared, ...added];
}
