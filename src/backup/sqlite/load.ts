import type * as sqlite from 'node:sqlite';

/**
 * Node's own SQLite. Node 22 warns that it is experimental whenever it is loaded, which would stand in the log of
 * every backup; that warning alone is dropped. To be called in a thread of our own, whose `process` nobody shares.
 */
export async function loadSqlite(): Promise<typeof sqlite> {
	const emit = process.emitWarning.bind(process);
	const quiet = (warning: string | Error, ...rest: unknown[]): void => {
		if (/SQLite is an experimental feature/.test(String(warning))) return;
		(emit as (...args: unknown[]) => void)(warning, ...rest);
	};
	process.emitWarning = quiet;
	try {
		return await import('node:sqlite');
	} finally {
		process.emitWarning = emit;
	}
}
