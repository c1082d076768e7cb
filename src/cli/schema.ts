import {
	applySchema,
	defaultSchema,
	exposureNotes,
	schemaScript,
	schemaStatus,
	type SchemaStatus,
} from '../store';
import { databaseOf } from './database';
import { exitCodes, type ExitCode, type Report, type Surroundings } from './output';

/** Options of `opsdesk schema`. */
export interface SchemaOptions {
	json?: boolean;
	database?: string;
	schema?: string;
}

/** The script itself, for `psql` or for the SQL editor of Supabase. @throws StoreError for a schema that cannot be had */
export function printSchema({ schema = defaultSchema }: SchemaOptions): Report {
	const sql = schemaScript(schema);
	return { exitCode: exitCodes.ok, json: { schema, sql, notes: exposureNotes(schema) }, text: sql };
}

/** Installs the store, or brings it up to date. @throws UsageError, StoreError */
export async function installSchema(options: SchemaOptions, surroundings: Surroundings): Promise<Report> {
	const { schema = defaultSchema } = options;
	const access = databaseOf(options, surroundings);
	const { pending } = await schemaStatus(access, schema);
	const status = await applySchema(access, schema);
	const notes = exposureNotes(schema);
	return {
		exitCode: exitCodes.ok,
		json: { ...status, installed: pending, notes },
		text: [
			pending.length === 0
				? `The store in the schema "${schema}" was up to date.`
				: `Installed in the schema "${schema}": ${pending.join(', ')}.`,
			...(pending.length === 0 ? [] : ['', 'So that n8n reaches it:', ...notes.map((note) => `  ${note}`)]),
		].join('\n'),
	};
}

/** What is installed. @throws UsageError, StoreError */
export async function showSchema(options: SchemaOptions, surroundings: Surroundings): Promise<Report> {
	const { schema = defaultSchema } = options;
	const status = await schemaStatus(databaseOf(options, surroundings), schema);
	return { exitCode: exitCodeOf(status), json: status, text: textOf(status) };
}

function exitCodeOf({ state }: SchemaStatus): ExitCode {
	if (state === 'current') return exitCodes.ok;
	return state === 'missing' || state === 'outdated' ? exitCodes.warnings : exitCodes.failed;
}

function textOf({ schema, state, applied, pending }: SchemaStatus): string {
	const install = 'Run: opsdesk schema apply';
	switch (state) {
		case 'current':
			return `The store in the schema "${schema}" is up to date (${applied.length} migrations).`;
		case 'missing':
			return `The store is not installed in the schema "${schema}". ${install}`;
		case 'outdated':
			return `The store in the schema "${schema}" lacks: ${pending.join(', ')}. ${install}`;
		case 'newer':
			return `The store in the schema "${schema}" is of a newer version of this package. Update the package here.`;
		case 'changed':
			return `Migrations of the schema "${schema}" are not those of this package. Use the version that has installed it.`;
	}
}
