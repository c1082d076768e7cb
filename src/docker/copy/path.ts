import { OpsdeskError, shorten } from '../../shared';

/**
 * A path inside a container: absolute, without steps upwards, so that what is meant can be seen from it.
 * @returns without trailing and double slashes
 * @throws OpsdeskError `invalid_input`
 */
export function containerPath(value: unknown, field = 'Path'): string {
	const path = typeof value === 'string' ? value : '';
	const parts = path.split('/');
	// The kernel's limits: PATH_MAX and NAME_MAX.
	const fits = Buffer.byteLength(path) < 4096 && parts.every((part) => Buffer.byteLength(part) <= 255);
	if (path.startsWith('/') && fits && !path.includes('\0') && !parts.includes('..')) {
		return `/${parts.filter((part) => part !== '' && part !== '.').join('/')}`;
	}
	throw new OpsdeskError(
		'invalid_input',
		`"${field}" is not an absolute path in the container: ${shorten(String(value), 80)}`,
		'Give it as in /etc/nginx/nginx.conf, without "..".',
	);
}

/** `/etc/nginx` and `nginx.conf` of `/etc/nginx/nginx.conf`. */
export function splitPath(path: string): { folder: string; name: string } {
	const at = path.lastIndexOf('/');
	return { folder: path.slice(0, at) || '/', name: path.slice(at + 1) };
}
