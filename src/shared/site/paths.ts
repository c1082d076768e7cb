import { LONE_SURROGATE } from '../patterns';

/** Longest path Linux takes, in bytes, without the closing NUL. */
const PATH_MAX_BYTES = 4095;

/** Kernel and device trees: reading them never ends or changes something, writing to them keeps nothing. */
const SYSTEM_TREES = ['/proc', '/sys', '/dev'];

/** One slash between names, none at the end, no `.` names: the same folder is always written the same way. */
export function tidyPath(path: string): string {
	if (!path.startsWith('/')) return path;
	return `/${path
		.split('/')
		.filter((name) => name !== '' && name !== '.')
		.join('/')}`;
}

/** Whether `path` is `folder` or lies in it. Both are tidy. */
export function isWithin(path: string, folder: string): boolean {
	return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** What is wrong with a tidy path of a folder, or undefined. */
export function pathProblem(path: string): string | undefined {
	if (path.includes('\0') || LONE_SURROGATE.test(path)) return 'must not hold NUL or half a character';
	if (path.startsWith('~')) return 'must be absolute: "~" is not resolved, write the home folder out';
	if (!path.startsWith('/')) return 'must be absolute, e.g. "/srv/www"';
	// Not resolved here: behind a symbolic link, ".." leads elsewhere than the text says.
	if (path.split('/').includes('..')) return 'must not hold "..": write the path it leads to';
	if (Buffer.byteLength(path) > PATH_MAX_BYTES) return `must be at most ${PATH_MAX_BYTES} bytes long`;
	if (path === '/') return 'must not be the whole file system: name the folder that matters';
	const tree = SYSTEM_TREES.find((folder) => isWithin(path, folder));
	return tree === undefined
		? undefined
		: `must not be in ${tree}, which holds no files but the system itself`;
}
