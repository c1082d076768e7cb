import type { Command } from 'commander';

import { stateFolderVariable } from '../shared';
import { listBackups, recoverBackups, restoreBackup, runBackups, verifyBackups } from './backup';
import { addDrill } from './backup-drill';
import { addKept } from './backup-kept';
import { makeKey, passphraseVariable } from './backup-keys';
import { defaultDocker, dockerVariable, type DockerOptions } from './docker-connection';
import { keyFileVariable, keyVariable, urlVariable } from './n8n-connection';
import { asJson, type RunReport, type Surroundings } from './output';
import type { BackupOptions } from './prepare';
import { addRetention } from './retention-commands';
import { s3Variable } from './s3-access';

/** Adds `opsdesk backup …`. */
export function addBackup(program: Command, report: RunReport, surroundings: Surroundings): void {
	const backup = program
		.command('backup')
		.description('back up sites, list, verify, drill and restore backups, make keys')
		.addHelpText(
			'after',
			`\nKeys of S3 destinations come from ${s3Variable}_ACCESS_KEY_ID, …_SECRET_ACCESS_KEY, …_SESSION_TOKEN, …_ENDPOINT and …_REGION;\n${s3Variable}_<DESTINATION>_… for one destination alone, else AWS_ACCESS_KEY_ID and so on.\nThe public API of n8n, for its workflows, comes from ${urlVariable} and ${keyVariable} or ${keyFileVariable}.`,
		);
	withSite(backup.command('run'))
		.description(
			'back up; exit code 3 with warnings or when another run is at work, 1 when anything is missing',
		)
		.option('--wait <seconds>', 'how long to wait for another run of the same site', '0')
		.option('--if-missed', 'only sites that have missed a backup by their "expect"')
		.action((options: BackupOptions & { wait: string; ifMissed?: boolean }) =>
			report(options, () => runBackups(options, surroundings)),
		);
	withSiteOrPlace(backup.command('list'))
		.description('the restore points, newest first')
		.option('--destination <name>', 'look only there')
		.action((options: BackupOptions & { destination?: string }) =>
			report(options, () => listBackups(options, surroundings)),
		);
	withSiteOrPlace(backup.command('verify'))
		.description(
			'read a restore point wholly and prove it, in every destination; exit code 3 when not all of it could be proved',
		)
		.argument('[restore-point]', 'an id, or "latest" for the newest good one', 'latest')
		.option('--destination <name>', 'check only there')
		.action((restorePoint: string, options: BackupOptions & { destination?: string }) =>
			report(options, () => verifyBackups(restorePoint, options, surroundings)),
		);
	addDrill(withSiteOrPlace(backup.command('drill')), report, surroundings);
	withSiteOrPlace(backup.command('restore'))
		.description('restore a site or parts of it; nothing is replaced before all of it is there')
		.argument('<restore-point>', 'an id, or "latest" for the newest good one')
		.option('--artefact <names...>', 'restore only these, e.g. files-www')
		.option('--to <name=target...>', 'another path, volume or database for an artefact')
		.option('--path <name=path...>', 'only this file or folder of an artefact, e.g. files-www=uploads/a.jpg')
		.option(
			'--table <tables...>',
			'only this table of a PostgreSQL database, into a new database beside it, e.g. public.orders, or db-shop=public.orders where there are several databases',
		)
		.option('--overwrite', 'replace what is there; it is kept beside')
		.option(
			'--allow-errors',
			'let a database count although pg_restore has told errors; they are listed, and the exit code is 3',
		)
		.option(
			'--stop-containers',
			'stop the containers that use a volume or a path of the host, start them again and watch them; when one is not well then, all is taken back',
		)
		.option('--health-timeout <seconds>', 'how long those containers have to become healthy', '300')
		.option('--dry-run', 'check everything and list what would be done; exit code 1 when it would be refused')
		.option('--destination <name>', 'restore from there; default: the first that has it')
		.action((restorePoint: string, options: BackupOptions & Parameters<typeof restoreBackup>[1]) =>
			report(options, () => restoreBackup(restorePoint, options, surroundings)),
		);
	backup
		.command('keygen')
		.description('make a key for encrypted backups and print its public part, the recipient')
		.option('--output <file>', 'new file for the key; without it the key is printed too')
		.option(...asJson)
		.action((options: { output?: string; json?: boolean }) => report(options, () => makeKey(options)));
	withEngine(backup.command('recover'))
		.description('start what a killed run has left paused or stopped; exit code 1 when something stays down')
		.option('--force', 'also what a run that is at work holds')
		.action((options: DockerOptions & { json?: boolean; state?: string; force?: boolean }) =>
			report(options, () => recoverBackups(options, surroundings)),
		);
	addKept(backup, withSite, report, surroundings);
	addRetention(backup, withSite, report, surroundings);
}

const withSite = (command: Command): Command =>
	withKeys(command.requiredOption('--site <file>', 'site definition in YAML or JSON'));

/** For what is also done on the day when only the backups are left. */
const withSiteOrPlace = (command: Command): Command =>
	withKeys(
		command
			.option('--site <file>', 'site definition in YAML or JSON')
			.option(
				'--from <place>',
				"in place of --site: the folder of the site's backups, e.g. /mnt/backups/shop or s3://bucket/prefix/shop; the definition is taken from the newest good one",
			),
	);

const withKeys = (command: Command): Command =>
	withEngine(
		command
			.option('--name <site>', 'only this site of the file')
			.option('--identity <files...>', 'files with the keys that open encrypted backups')
			.option(
				'--passphrase-file <file>',
				`file with the passphrase of encrypted backups (or the passphrase itself in ${passphraseVariable})`,
			),
	);

const withEngine = (command: Command): Command =>
	command
		.option(
			'--docker <address>',
			`engine for volumes, databases and paths of its host (or ${dockerVariable}; default ${defaultDocker})`,
		)
		.option('--docker-tls-ca <file>', 'certificate authority of the engine, for TLS')
		.option('--docker-tls-cert <file>', 'own certificate, for TLS')
		.option('--docker-tls-key <file>', 'key of the own certificate')
		.option(
			'--state <folder>',
			`folder of the journal of stopped containers (or ${stateFolderVariable}; default $XDG_STATE_HOME/opsdesk)`,
		)
		.option(...asJson);
