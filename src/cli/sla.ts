import { readFile } from 'node:fs/promises';

import { errorMessage, formatDuration, shorten, systemMessage } from '../shared';
import {
	compileSchedule,
	explainDeadline,
	explainElapsed,
	formatInstant,
	readDuration,
	readInstant,
	SlaError,
	tellExplanation,
	type CompiledSchedule,
	type Explanation,
	type Piece,
	type ScheduleDefinition,
} from '../sla';
import { exitCodes, table, UsageError, type Report } from './output';

/** Options of every `opsdesk sla` command. */
export interface SlaOptions {
	json?: boolean;
	schedule: string;
}

/** When so much working time has passed. */
export async function deadline(start: string, duration: string, options: SlaOptions): Promise<Report> {
	const schedule = await readSchedule(options.schedule);
	const { timezone } = schedule;
	const { startMs, workingMs } = asUsage(() => ({
		startMs: readInstant(start, timezone, 'start'),
		workingMs: readDuration(duration),
	}));
	const at = formatInstant(
		asUsage(() => schedule.deadline(startMs, workingMs)),
		timezone,
	);
	return {
		exitCode: exitCodes.ok,
		json: { start: formatInstant(startMs, timezone), workingMs, deadline: at, timezone },
		text: at,
	};
}

/** How much working time lies between two times. */
export async function elapsed(start: string, end: string, options: SlaOptions): Promise<Report> {
	const schedule = await readSchedule(options.schedule);
	const { timezone } = schedule;
	const [startMs, endMs] = asUsage(() => bounds(start, end, schedule));
	const workingMs = asUsage(() => schedule.workingTime(startMs, endMs));
	const warnings = warningsOf(startMs, endMs);
	return {
		exitCode: warnings.length > 0 ? exitCodes.warnings : exitCodes.ok,
		json: {
			...{ start: formatInstant(startMs, timezone), end: formatInstant(endMs, timezone), workingMs },
			...{ calendarMs: Math.max(0, endMs - startMs), timezone, warnings },
		},
		text: withWarnings(formatDuration(workingMs), warnings),
	};
}

/** What of a time was counted. */
export async function explain(
	start: string,
	end: string | undefined,
	options: SlaOptions & { duration?: string },
): Promise<Report> {
	const { duration } = options;
	const schedule = await readSchedule(options.schedule);
	if ((end === undefined) === (duration === undefined))
		throw new UsageError('What to explain is not clear.', 'Give either an end or --duration.');
	const { timezone } = schedule;
	const { explanation, warnings } = asUsage(() => {
		const startMs = readInstant(start, timezone, 'start');
		if (end === undefined)
			return { explanation: explainDeadline(schedule, startMs, readDuration(duration)), warnings: [] };
		const endMs = readInstant(end, timezone, 'end');
		const explained = explainElapsed(schedule, startMs, endMs);
		return { explanation: { ...explained, end: endMs }, warnings: warningsOf(startMs, endMs) };
	});
	return {
		exitCode: warnings.length > 0 ? exitCodes.warnings : exitCodes.ok,
		json: { ...tellExplanation(explanation, schedule.timezone), warnings },
		text: withWarnings(asText(explanation, schedule), warnings),
	};
}

const warningsOf = (startMs: number, endMs: number): string[] =>
	endMs < startMs ? ['The end is before the start, so no time has passed.'] : [];

const withWarnings = (text: string, warnings: readonly string[]): string =>
	[text, ...warnings.map((warning) => `warning: ${warning}`)].join('\n');

const bounds = (start: string, end: string, { timezone }: CompiledSchedule): [number, number] => [
	readInstant(start, timezone, 'start'),
	readInstant(end, timezone, 'end'),
];

const mostBytes = 5_000_000;

async function readSchedule(file: string): Promise<CompiledSchedule> {
	const { parse } = await import('yaml');
	let definition: unknown;
	try {
		const text = await readFile(file, 'utf8');
		if (text.length > mostBytes) throw new Error(`it has more than ${mostBytes / 1_000_000} MB`);
		// JSON is YAML too.
		definition = parse(text);
	} catch (thrown) {
		throw new UsageError(
			`"${file}" cannot be read: ${shorten(systemMessage(thrown), 300)}.`,
			'Name a file with a working schedule in YAML or JSON.',
		);
	}
	// What it is, is found out by reading it.
	return asUsage(() => compileSchedule(definition as ScheduleDefinition));
}

/** What was typed wrong is wrong usage; a schedule that is never open is not. */
function asUsage<Value>(read: () => Value): Value {
	try {
		return read();
	} catch (thrown) {
		if (!(thrown instanceof SlaError) || thrown.code !== 'invalid_input') throw thrown;
		throw new UsageError(errorMessage(thrown), thrown.remedy);
	}
}

function asText({ pieces, workingMs, calendarMs }: Explanation, { timezone }: CompiledSchedule): string {
	const at = (ms: number): string =>
		formatInstant(ms, timezone)
			.replace('T', ' ')
			.replace(/(:\d\d)\.000/, '$1');
	const rows = pieces.map((piece) => [
		...[at(piece.start), at(piece.end), formatDuration(piece.end - piece.start), meaning(piece)],
	]);
	return [
		table([['FROM', 'TO', 'LENGTH', 'COUNTED'], ...rows]),
		'',
		`${formatDuration(workingMs)} of working time in ${formatDuration(calendarMs)}`,
	].join('\n');
}

function meaning(piece: Piece): string {
	if (piece.counted) return 'yes';
	const { reason } = piece;
	if (reason.kind !== 'holiday') return `no: ${reason.kind}`;
	return `no: holiday of ${reason.date}${reason.name === '' ? '' : ` (${reason.name})`}`;
}
