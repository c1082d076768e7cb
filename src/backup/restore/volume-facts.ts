import type { VolumeUser } from '../../docker';
import { count } from '../../shared';
import { BackupError } from '../errors';

/** A volume that running containers have mounted. */
export function inUse(volume: string, users: VolumeUser[]): BackupError {
	const [work] = users.flatMap((user) => user.work ?? []);
	if (work) {
		return new BackupError(
			'target_in_use',
			`The volume ${volume} is in use by a ${work.purpose} of the site "${work.site}" that is running.`,
			'Wait until it has ended, then run the restore again.',
		);
	}
	const names = users.flatMap(({ name }) => name ?? []).sort();
	const others = users.length - names.length;
	const unnamed = `${count(others, names.length > 0 ? 'other container' : 'container')} the credential does not cover`;
	const all = [...names, ...(others > 0 ? [unnamed] : [])];
	return new BackupError(
		'target_in_use',
		`The volume ${volume} is in use by ${all.join(' and ')}.`,
		`Stop ${users.length === 1 ? 'that container' : 'those containers'} first, and start again when the restore has ended.`,
	);
}

/** Names of those that use a volume. @throws BackupError `target_in_use` when one of them cannot be stopped by its name */
export function namesOf(volume: string, users: VolumeUser[]): string[] {
	const unnamed = users.filter(({ name, work }) => name === undefined || work !== undefined);
	if (unnamed.length > 0) throw inUse(volume, unnamed);
	return users.flatMap(({ name }) => name ?? []).sort();
}

/** The labels a volume had, as the manifest holds them. */
export function readLabels(text: string): Record<string, string> {
	const value: unknown = JSON.parse(text);
	const entries = Object.entries(value ?? {}).filter(
		(entry): entry is [string, string] => typeof entry[1] === 'string',
	);
	return Object.fromEntries(entries);
}
