import { join, relative, resolve } from 'node:path';

/**
 * The compiled file of a thread. Threads load compiled files; where the product runs from its sources, the compiled
 * ones stand in `dist`.
 * @param folder `__dirname` of the caller
 */
export function workerFile(folder: string, name: string): string {
	if (!__filename.endsWith('.ts')) return join(folder, `${name}.js`);
	const root = resolve(__dirname, '../../..');
	return join(root, 'dist', relative(root, folder), `${name}.js`);
}
