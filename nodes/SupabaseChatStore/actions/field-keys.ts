import type { IExecuteFunctions } from 'n8n-workflow';

import type { FieldKeys } from '../../../src/chat';
import { chatFieldKeys } from '../../shared/chat-field-key-credential';

/** Which of them read, write or erase contacts. */
export const resourcesWithFields = ['contact', 'import', 'privacy'];

/** The keys of the selected credential, where the node offers one. @throws StoreError `misconfigured` */
export async function sealingKeys(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<FieldKeys | undefined> {
	const resource: string = context.getNodeParameter('resource', itemIndex);
	// It may still be selected from when the node did something else, and cannot be asked for then.
	return resourcesWithFields.includes(resource) ? await chatFieldKeys(context, itemIndex) : undefined;
}
