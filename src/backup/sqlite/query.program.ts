import { text } from 'node:stream/consumers';
import { z } from 'zod';

import { errorMessage } from '../../shared';
import { loadSqlite } from './load';

const taskSchema = z.object({ file: z.string(), query: z.string() });

/** A program of its own, because nothing in the same process could end a query that goes round for ever. */
async function main(): Promise<void> {
	const { file, query } = taskSchema.parse(JSON.parse(await text(process.stdin)));
	const { DatabaseSync } = await loadSqlite();
	const database = new DatabaseSync(file);
	try {
		const statement = database.prepare(query);
		statement.setReadBigInts(true);
		// Not the fields of an object: names that look like numbers come first in those, and one name may stand twice.
		statement.setReturnArrays(true);
		const [row]: Iterable<unknown> = statement.iterate();
		process.stdout.write(JSON.stringify(Array.isArray(row) ? { value: asText(row[0]) } : {}));
	} finally {
		database.close();
	}
}

function asText(value: unknown): string {
	if (value === null || value === undefined) return '';
	return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}

main().catch((thrown: unknown) => {
	process.stderr.write(errorMessage(thrown));
	process.exitCode = 1;
});
