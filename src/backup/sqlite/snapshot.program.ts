import { text } from 'node:stream/consumers';
import { z } from 'zod';

import { errorMessage } from '../../shared';
import { BackupError } from '../errors';
import { findSqlite, takeSnapshot } from './snapshot';

const taskSchema = z.object({ path: z.string(), file: z.string() });

/** A program of its own, for a database that the process which asks for the copy has open itself. */
async function main(): Promise<void> {
	const { path, file } = taskSchema.parse(JSON.parse(await text(process.stdin)));
	process.stdout.write(JSON.stringify(await answerFor(path, file)));
}

async function answerFor(path: string, file: string): Promise<object> {
	try {
		return await takeSnapshot(await findSqlite(path), file);
	} catch (thrown) {
		if (!(thrown instanceof BackupError)) throw thrown;
		const { code, message, remedy } = thrown;
		return { code, message, remedy };
	}
}

main().catch((thrown: unknown) => {
	process.stderr.write(errorMessage(thrown));
	process.exitCode = 1;
});
