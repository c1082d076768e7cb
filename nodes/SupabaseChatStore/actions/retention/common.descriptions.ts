import { forOperationsOf } from '../../../shared/fields';

export const forOperations = forOperationsOf('retention');

/** What retention looks at, each with a policy of its own. */
export const kinds = [
	{ name: 'Archived Messages', value: 'archive' },
	{ name: 'Error Logs', value: 'errorLogs' },
	{ name: 'Messages', value: 'messages' },
] as const;
