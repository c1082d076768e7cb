import { readFile } from 'node:fs/promises';
import { errorMessage } from '../shared';
import { N8nApi, WorkflowError } from '../workflows';
import type { Surroundings } from './output';

export interface ConnectionOptions {
	url?: string;
	apiKeyFile?: string;
}

/** Names of the environment variables that stand for --url and --api-key-file. */
export const [urlVariable, keyVariable, keyFileVariable] = [
	'OPSDESK_N8N_URL',
	'OPSDESK_N8N_API_KEY',
	'OPSDESK_N8N_API_KEY_FILE',
] as const;

/**
 * The n8n that options and environment name. The key comes from a file or the environment and never from an
 * argument, because arguments are visible to every user of the machine.
 * @throws WorkflowError `invalid_url` or `invalid_key`
 */
export async function connect(
	{ url, apiKeyFile }: ConnectionOptions,
	{ env }: Surroundings,
): Promise<N8nApi> {
	const address = url ?? env[urlVariable];
	if (!address) {
		throw new WorkflowError(
			'invalid_url',
			'The address of n8n is missing.',
			`Give --url or set ${urlVariable}.`,
		);
	}
	return new N8nApi({ url: address, apiKey: await readKey(apiKeyFile, env[keyVariable]) });
}

/**
 * What the environment says of n8n's public API: `OPSDESK_N8N_URL`, and `OPSDESK_N8N_API_KEY` or the file that
 * `OPSDESK_N8N_API_KEY_FILE` names. Undefined where neither is set.
 * @throws WorkflowError `invalid_key` when only one of them is, or the file cannot be read
 */
export async function n8nAccess({
	env,
}: Pick<Surroundings, 'env'>): Promise<{ url: string; apiKey: string } | undefined> {
	const [url, key, file] = [env[urlVariable], env[keyVariable], env[keyFileVariable]];
	if (!url && !key && !file) return undefined;
	if (!url) {
		throw new WorkflowError(
			'invalid_url',
			`There is a key of n8n's API, and ${urlVariable} is missing.`,
			`Set ${urlVariable} to the address of n8n as in the browser.`,
		);
	}
	return { url, apiKey: await readKey(file || undefined, key) };
}

async function readKey(file: string | undefined, fromEnvironment: string | undefined): Promise<string> {
	const remedy = `Make a key in n8n under Settings → n8n API, then give --api-key-file or set ${keyVariable}.`;
	if (file === undefined) {
		if (fromEnvironment) return fromEnvironment.trim();
		throw new WorkflowError('invalid_key', 'The API key of n8n is missing.', remedy);
	}
	try {
		return (await readFile(file, 'utf8')).trim();
	} catch (error) {
		throw new WorkflowError(
			'invalid_key',
			`The file with the API key cannot be read: ${errorMessage(error)}`,
			remedy,
		);
	}
}
