import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Names another folder, for n8n and for the command. */
export const stateFolderVariable = 'OPSDESK_STATE';

/** Where the nodes keep what must outlive n8n: `opsdesk` in n8n's user folder, which is on a volume of its own. */
export function n8nStateFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
	const given = env[stateFolderVariable];
	if (given !== undefined && given !== '') return resolve(given);
	return join(env['N8N_USER_FOLDER'] || homedir(), '.n8n', 'opsdesk');
}
