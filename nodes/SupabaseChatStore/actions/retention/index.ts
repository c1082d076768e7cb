import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { AnyOperation } from '../operation';
import { getArchivedMessages } from './getArchivedMessages.operation';
import { getPolicy } from './getPolicy.operation';
import { run } from './run.operation';
import { setPolicy } from './setPolicy.operation';

export const operations: Record<string, AnyOperation> = { getArchivedMessages, getPolicy, run, setPolicy };

export const description: INodeProperties[] = resourceDescription(
	'retention',
	operations,
	[
		{
			name: 'Get Archived Messages',
			value: 'getArchivedMessages',
			action: 'Get archived messages',
			description: 'Look up messages that retention has archived, newest first',
		},
		{
			name: 'Get Policy',
			value: 'getPolicy',
			action: 'Get the retention policy',
			description: 'Get how long everything stays, and who decides that',
		},
		{
			name: 'Run',
			value: 'run',
			action: 'Run retention',
			description: 'Archive and remove what is older than the policy allows; legal holds are kept to',
		},
		{
			name: 'Set Policy',
			value: 'setPolicy',
			action: 'Set the retention policy',
			description: 'Change how long messages, archived messages and errors stay',
		},
	],
	'run',
);
