import { BackupError } from '../errors';

/** The longest name that the file systems of Linux hold. */
const maxNameBytes = 255;

/**
 * The names of a path, from the root of the archive on; `.` and empty ones are left out.
 * @param path of the entry itself, or of what it links to
 * @param entry path of the entry, for the message
 * @throws BackupError `archive_hostile` for a path that is absolute, climbs, holds NUL or a name of more than 255 bytes
 */
export function safeNames(path: Buffer, entry: Buffer): Buffer[] {
	const shown = entry.toString('utf8');
	if (path[0] === 0x2f) throw refused(`"${shown}" has an absolute path`);
	if (path.includes(0)) throw refused(`"${shown}" holds a NUL byte`);
	const names: Buffer[] = [];
	for (let start = 0; start <= path.length;) {
		const slash = path.indexOf(0x2f, start);
		const end = slash === -1 ? path.length : slash;
		const name = path.subarray(start, end);
		if (name.length === 2 && name[0] === 0x2e && name[1] === 0x2e) {
			throw refused(`"${shown}" climbs out of the archive`);
		}
		if (name.length > maxNameBytes) {
			throw refused(`"${shown.slice(0, 80)}…" has a name of more than ${maxNameBytes} bytes`);
		}
		const isHere = name.length === 1 && name[0] === 0x2e;
		if (name.length > 0 && !isHere) names.push(name);
		start = end + 1;
	}
	return names;
}

/** An archive that would reach beyond its folder, or holds what none of this package's does. */
export function refused(fault: string, cause?: unknown): BackupError {
	return new BackupError(
		'archive_hostile',
		`The archive is refused: ${fault}.`,
		'It was not made by this package, or was changed since. Nothing outside the folder that it is unpacked into was touched; use another restore point.',
		{ cause },
	);
}
