import type { Command } from 'commander';

import { databaseOption } from './database';
import { replayDecisions, type ReplayCommandOptions } from './decide';
import { asJson, type RunReport, type Surroundings } from './output';

/** Adds `opsdesk decide …`. */
export function addDecide(program: Command, report: RunReport, surroundings: Surroundings): void {
	const decide = program.command('decide').description('decisions on messages that the store keeps');
	decide
		.command('replay')
		.description(
			'what other rules would change of what was decided; nothing is sent or recorded, and no model is asked',
		)
		.option('--rules <file>', 'rule set in JSON or YAML')
		.option(
			'--version-of-rules <version>',
			'in its place: a stored version by its 64 digits, "active", or "stored" (each decision by its own, which changes nothing)',
		)
		.option('--from <time>', 'decided at or after, ISO 8601')
		.option('--to <time>', 'decided before')
		.option('--most <number>', 'only the newest so many')
		.option('--examples <number>', 'how many differences are told one by one', '20')
		.option(...databaseOption)
		.option('--schema <name>', 'of the store (default: opsdesk)')
		.option('--tenant <id>', 'whose messages', 'default')
		.option(...asJson)
		.action((options: ReplayCommandOptions) => report(options, () => replayDecisions(options, surroundings)));
}
