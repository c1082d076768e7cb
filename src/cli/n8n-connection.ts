import { readFile } from 'node:fs/promises';
import { errorMessage } from '../shared';
import { N8nApi, WorkflowError } from '../workflows';
import type { Surroundings } from './output';

export interface ConnectionOptions {
	url?: string;
	apiKeyFile?: string;
}

/** Names of the environment variables that stand for --url and --api-key-file. */
export const [urlVariable, keyVariable] = ['OPSDESK_N8N_URL', 'OPSDESK_N8N_API_KEY'] as const;

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
