import type { Command } from 'commander';

import { databaseOption } from './database';
import { asJson, type RunReport, type Surroundings } from './output';
import { installSchema, printSchema, showSchema, type SchemaOptions } from './schema';

/** `opsdesk schema print|apply|status` */
export function addSchema(program: Command, report: RunReport, surroundings: Surroundings): void {
	const schema = program.command('schema').description('the store of chats in PostgreSQL or Supabase');
	const name = ['--schema <name>', 'of the store (default: opsdesk)'] as const;
	schema
		.command('print')
		.description('writes the SQL that installs or updates it')
		.option(...name)
		.option(...asJson)
		.action(async (options: SchemaOptions) => {
			await report(options, () => Promise.resolve().then(() => printSchema(options)));
		});
	schema
		.command('apply')
		.description('installs it, or brings it up to date; all or nothing')
		.option(...databaseOption)
		.option(...name)
		.option(...asJson)
		.action(async (options: SchemaOptions) => {
			await report(options, () => installSchema(options, surroundings));
		});
	schema
		.command('status')
		.description('says what is installed: 0 up to date, 3 missing or outdated, 1 not of this package')
		.option(...databaseOption)
		.option(...name)
		.option(...asJson)
		.action(async (options: SchemaOptions) => {
			await report(options, () => showSchema(options, surroundings));
		});
}
