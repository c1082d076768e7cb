import type { Access } from './access';
import { DockerError } from './errors';

const remoteTypes = ['nfs', 'nfs4', 'cifs', 'smb3', 'tmpfs'];

/**
 * Sees that a volume does not lead to a path of the host that the credential does not cover: by the options of its driver
 * a volume can be any folder or disk there.
 *
 * The path must be one of the allowed folders itself. In such a folder anybody whose container has mounted it may have put a
 * link, which the engine would follow.
 *
 * @throws DockerError `not_permitted`, `invalid_input`
 */
export function requireVolumeOptions(
	access: Access,
	driver: string,
	options: Readonly<Record<string, string>>,
): void {
	if (driver !== 'local') {
		for (const value of Object.values(options)) if (value.startsWith('/')) requireFolder(access, value);
		return;
	}
	const { type = '', device = '', o = '' } = options;
	const flags = o.split(',').map((flag) => flag.trim().toLowerCase());
	const binds = type === 'none' || type === 'bind' || flags.some((flag) => /^r?bind$/.test(flag));
	if (binds) return requireFolder(access, device);
	if (flags.some((flag) => /^(remount|move|r?shared|r?slave)$/.test(flag))) throw notOffered('these options');
	if (type === '' && device === '') return;
	if (!remoteTypes.includes(type)) throw notOffered(`the type "${type}"`);
}

/**
 * Sees that a path of the host is one of the allowed folders itself. The engine follows links each time it mounts, so one
 * below them may lead elsewhere at the next start, whatever it is now.
 * @throws DockerError `not_permitted`
 */
export function requireFolder(access: Access, path: string): void {
	const folder = access.requireHostPath(path);
	if (folder === path) return;
	throw new DockerError(
		'not_permitted',
		`The host path "${path}" is not given to a container: the credential covers the folder "${folder}" around it.`,
		`A link in that folder could lead elsewhere. Name "${path}" itself in "Allowed Host Paths" of the credential, and not the folder around it.`,
	);
}

function notOffered(what: string): DockerError {
	return new DockerError(
		'not_permitted',
		`Volumes of the driver "local" with ${what} are not made: they can lead anywhere on the host.`,
		`Give the type nfs, cifs or tmpfs, or bind a folder among "Allowed Host Paths" (type "none", options "bind").`,
	);
}
