import type { Command } from 'commander';

import { asJson, type RunReport } from './output';
import { deadline, elapsed, explain, type SlaOptions } from './sla';

/** Adds `opsdesk sla …`. */
export function addSla(program: Command, report: RunReport): void {
	const sla = program
		.command('sla')
		.description('business time of a working schedule')
		.addHelpText(
			'after',
			'\nTimes are ISO 8601, in the time zone of the schedule unless they have an offset of their own.\nDurations are minutes, or a text such as "1h 30m" or PT1H30M.',
		);
	withSchedule(sla.command('deadline'))
		.description('the time by which so much working time has passed; exit code 1 when it never does')
		.argument('<start>', 'e.g. 2026-11-20T17:55')
		.argument('<duration>', 'e.g. 60, 90s, "1h 30m"')
		.action((start: string, duration: string, options: SlaOptions) =>
			report(options, () => deadline(start, duration, options)),
		);
	withSchedule(sla.command('elapsed'))
		.description('the working time between two times; exit code 3 when the second one is the earlier')
		.argument('<start>', 'e.g. 2026-11-20T17:55')
		.argument('<end>', 'e.g. 2026-11-23T09:05')
		.action((start: string, end: string, options: SlaOptions) =>
			report(options, () => elapsed(start, end, options)),
		);
	withSchedule(sla.command('explain'))
		.description('what of a time was counted, and why the rest was not')
		.argument('<start>', 'e.g. 2026-11-20T17:55')
		.argument('[end]', 'e.g. 2026-11-23T09:05; in its place --duration')
		.option('--duration <duration>', 'explain the deadline after so much working time')
		.action((start: string, end: string | undefined, options: SlaOptions & { duration?: string }) =>
			report(options, () => explain(start, end, options)),
		);
}

const withSchedule = (command: Command): Command =>
	command.requiredOption('--schedule <file>', 'working schedule in YAML or JSON').option(...asJson);
