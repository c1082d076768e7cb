import { errorMessage, OpsdeskError } from '../shared';

/** What the command ends with; part of its contract. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, warnings: 3 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Where a command writes to and what it reads besides its arguments. */
export interface Surroundings {
	out(text: string): void;
	err(text: string): void;
	env: Readonly<Record<string, string | undefined>>;
	/** Shows how far the work is, on a line that the next call replaces; an empty text clears it. */
	progress?: (text: string) => void;
	/** From the call on, an interruption by the user no longer ends the process but this signal. */
	interruption?: () => AbortSignal;
}

/** The command was called in a way it does not know; exit code 2. */
export class UsageError extends OpsdeskError<'usage'> {
	override readonly name = 'UsageError';

	constructor(message: string, remedy: string) {
		super('usage', message, remedy);
	}
}

/** What a subcommand has to say: one value for scripts, one text for people. */
export interface Report {
	exitCode: ExitCode;
	json: unknown;
	text: string;
}

/** Carries out a subcommand and prints what it has to say. */
export type RunReport = (options: { json?: boolean }, work: () => Promise<Report>) => Promise<void>;

/** The option every subcommand has. */
export const asJson = ['--json', 'print one JSON document instead of text'] as const;

export function printReport({ json, text }: Report, asJson: boolean, { out }: Surroundings): void {
	if (asJson) out(`${JSON.stringify(json, null, 2)}\n`);
	else if (text !== '') out(text.endsWith('\n') ? text : `${text}\n`);
}

/** Says what happened and how to get unstuck. */
export function printError(error: unknown, asJson: boolean, { out, err }: Surroundings): void {
	const known = error instanceof OpsdeskError ? error : undefined;
	const message = errorMessage(error);
	if (asJson) {
		const { code = 'unexpected', remedy = '' } = known ?? {};
		out(`${JSON.stringify({ error: { code, message, remedy } }, null, 2)}\n`);
		return;
	}
	err(`${message}\n${known ? `${known.remedy}\n` : ''}`);
}

/** Columns padded to the widest cell; the last one is left as it is. */
export function table(rows: string[][]): string {
	const widths = (rows[0] ?? []).map((_, column) =>
		Math.max(...rows.map((row) => (row[column] ?? '').length)),
	);
	return rows
		.map((row) =>
			row
				.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
				.join('  '),
		)
		.join('\n');
}
