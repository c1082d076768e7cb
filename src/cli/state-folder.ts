import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

import { stateFolderVariable } from '../shared';
import type { Surroundings } from './output';

/**
 * The folder for what must outlive the process: the option, the environment, else the place the XDG Base Directory
 * Specification has for state.
 */
export function stateFolder(option: string | undefined, { env }: Pick<Surroundings, 'env'>): string {
	const given = option ?? env[stateFolderVariable];
	if (given !== undefined && given !== '') return resolve(given);
	const xdg = env['XDG_STATE_HOME'];
	// The specification has relative paths ignored.
	const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(env['HOME'] || homedir(), '.local', 'state');
	return join(base, 'opsdesk');
}
