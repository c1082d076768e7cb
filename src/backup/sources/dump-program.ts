import type { PostgresProgram, PostgresPrograms } from '../postgres/programs';

/** What looks at a dump as it goes by, and throws when it is none. */
interface Watcher {
	push(chunk: Buffer): void;
}

/** What a program that dumps writes, watched; at its end the way to the programs is closed. */
export async function* watched(
	program: PostgresProgram,
	programs: PostgresPrograms,
	watcher: Watcher,
): AsyncGenerator<Buffer, void, undefined> {
	try {
		for await (const payload of program.output()) {
			watcher.push(payload);
			yield payload;
		}
	} finally {
		await programs.close();
	}
}

/** What a program has said beside its output. */
export const linesSaid = (program: PostgresProgram): string[] => program.said().split('\n').filter(Boolean);

export const warningsIn = (said: string[]): string[] =>
	said.filter((line) => /warning|detail|hint/i.test(line));
