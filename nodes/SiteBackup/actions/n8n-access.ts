import type { IExecuteFunctions } from 'n8n-workflow';

import type { BackupSecrets } from '../../../src/backup';
import type { Site } from '../../../src/shared';
import { textOf } from '../../shared/values';

/**
 * The access to n8n's public API, from n8n's own credential, where the site asks for its workflows. Without one the
 * backup says what to select, and keeps everything else.
 */
export async function n8nAccess(
	context: IExecuteFunctions,
	itemIndex: number,
	{ backup }: Site,
): Promise<Pick<BackupSecrets, 'n8nApi'>> {
	if (!backup.n8n?.workflows || context.getNode().credentials?.['n8nApi'] === undefined) return {};
	const fields = await context.getCredentials('n8nApi', itemIndex);
	return { n8nApi: { url: textOf(fields['baseUrl']) ?? '', apiKey: textOf(fields['apiKey']) ?? '' } };
}
