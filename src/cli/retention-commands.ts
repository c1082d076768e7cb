import type { Command } from 'commander';

import type { RunReport, Surroundings } from './output';
import { confirmBackup, holdBackup, pruneBackups, releaseBackup, showStatus } from './retention';

/**
 * Adds what keeps and removes backups: `opsdesk backup prune|hold|release|confirm|status`.
 * @param withSite adds the options that every command on backups has
 */
export function addRetention(
	backup: Command,
	withSite: (command: Command) => Command,
	report: RunReport,
	surroundings: Surroundings,
): void {
	withSite(backup.command('prune'))
		.description(
			'remove what no rule of the site\'s "retention" keeps; exit code 3 when nothing may be removed now, 1 when not all could be',
		)
		.option('--dry-run', 'say what would be removed and why; remove nothing')
		.option('--destination <name>', 'prune only there')
		.option('--wait <seconds>', 'how long to wait for another run of the same site', '0')
		.action((options: Parameters<typeof pruneBackups>[0]) =>
			report(options, () => pruneBackups(options, surroundings)),
		);
	withSite(backup.command('status'))
		.description(
			'age of the newest good and verified restore points; exit code 3 when a backup was missed or something is to be looked at, 1 when there is no good one',
		)
		.option('--destination <name>', 'look only there')
		.action((options: Parameters<typeof showStatus>[0]) =>
			report(options, () => showStatus(options, surroundings)),
		);
	type Options = Parameters<typeof holdBackup>[1];
	const addMark = (name: string, description: string, mark: typeof holdBackup): Command =>
		withSite(backup.command(name))
			.description(description)
			.argument('<restore-point>', 'its id')
			.option('--destination <name>', 'only there; default: wherever it is')
			.action((restorePoint: string, options: Options) =>
				report(options, () => mark(restorePoint, options, surroundings)),
			);
	addMark('hold', 'keep a restore point, whatever the rules say', holdBackup)
		.requiredOption('--reason <text>', 'why')
		.option('--until <date>', 'how long, e.g. 2027-01-31; default: until it is released');
	addMark('release', 'take a hold back', releaseBackup);
	addMark(
		'confirm',
		'say that a suspicious restore point is as it should be; later ones are compared with it',
		confirmBackup,
	).option('--reason <text>', 'why');
}
