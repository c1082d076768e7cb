import { Command, CommanderError } from 'commander';
import { packageVersion } from '../shared';
import { addBackup } from './backup-commands';
import { addCert } from './cert-commands';
import { addDecide } from './decide-commands';
import { connect, keyVariable, urlVariable, type ConnectionOptions } from './n8n-connection';
import {
	asJson,
	exitCodes,
	printError,
	printReport,
	UsageError,
	type ExitCode,
	type Report,
	type RunReport,
	type Surroundings,
} from './output';
import { addSchema } from './schema-commands';
import { addSla } from './sla-commands';
import { checkFiles, diffWorkflows, importInto, listWorkflows } from './workflows';

/**
 * Runs the `opsdesk` command.
 * @param args what follows the command's name
 * @returns 0 ok, 1 failed, 2 wrong usage, 3 done with warnings
 */
export async function runCommandLine(args: string[], surroundings: Surroundings): Promise<ExitCode> {
	let exitCode: ExitCode = exitCodes.ok;
	const report = async (options: { json?: boolean }, work: () => Promise<Report>): Promise<void> => {
		const json = options.json === true;
		try {
			const result = await work().finally(() => surroundings.progress?.(''));
			printReport(result, json, surroundings);
			exitCode = result.exitCode;
		} catch (error) {
			printError(error, json, surroundings);
			exitCode = error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
		}
	};
	const wantsJson = args.includes('--json');
	const program = new Command('opsdesk')
		.description('The operations desk without n8n: the same code for scripts and for disaster days.')
		.version(packageVersion())
		.exitOverride()
		.configureOutput({
			writeOut: surroundings.out,
			// With --json, what is wrong with the usage is told below, as JSON.
			writeErr: wantsJson ? () => {} : surroundings.err,
		});
	addBackup(program, report, surroundings);
	addCert(program, report, surroundings);
	addDecide(program, report, surroundings);
	addSchema(program, report, surroundings);
	addSla(program, report);
	addWorkflows(program, report, surroundings);
	try {
		await program.parseAsync(args, { from: 'user' });
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		if (error.exitCode === 0) return exitCodes.ok;
		if (wantsJson) {
			const message = error.message.replace(/^error: /, '');
			printError(new UsageError(message, 'See --help.'), true, surroundings);
		}
		return exitCodes.usage;
	}
	return exitCode;
}

function addWorkflows(program: Command, report: RunReport, surroundings: Surroundings): void {
	const workflows = program
		.command('workflows')
		.description('the workflows of this package, and those in your n8n');
	workflows
		.command('list')
		.description('name, version, id and purpose of every workflow')
		.option(...asJson)
		.action((options: { json?: boolean }) => report(options, listWorkflows));
	workflows
		.command('check')
		.description('check workflow files by the rules of this package; without files, its own workflows')
		.argument('[files...]')
		.option(...asJson)
		.action((files: string[], options: { json?: boolean }) => report(options, () => checkFiles(files)));
	withConnection(workflows.command('diff'))
		.description('show how the workflows in n8n differ from those of this package; exit code 3 when they do')
		.argument('[names...]', 'default: all')
		.option(...asJson)
		.action((names: string[], options: ConnectionOptions & { json?: boolean }) =>
			report(options, async () => diffWorkflows(await connect(options, surroundings), names)),
		);
	withConnection(workflows.command('import'))
		.description('create or update workflows in n8n; settings, credentials and your own changes are kept')
		.argument('[names...]', 'default: all')
		.option('--force', 'replace workflows that were changed in n8n')
		.option('--publish', 'publish what was imported')
		.option(
			'--credential <name>',
			'select this credential in every node of theirs that needs one of its kind; may be given several times',
			(name: string, names: string[]) => [...names, name],
			[],
		)
		.option(...asJson)
		.action(
			(
				names: string[],
				options: ConnectionOptions & {
					json?: boolean;
					force?: boolean;
					publish?: boolean;
					credential: string[];
				},
			) => {
				const { force = false, publish = false, credential: credentials } = options;
				return report(options, async () =>
					importInto(await connect(options, surroundings), names, { force, publish, credentials }),
				);
			},
		);
}

const withConnection = (command: Command): Command =>
	command
		.option('--url <address>', `address of n8n as in the browser (or ${urlVariable})`)
		.option('--api-key-file <file>', `file that holds n8n's API key (or ${keyVariable})`);
