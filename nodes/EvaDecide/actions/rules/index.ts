import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { lint } from './lint.operation';
import { replay } from './replay.operation';
import { activate, get, getVersions, save } from './stored.operations';

export const operations: Record<string, Operation> = { activate, get, getVersions, lint, replay, save };

export const description: INodeProperties[] = resourceDescription(
	'rules',
	operations,
	[
		{
			name: 'Activate',
			value: 'activate',
			action: 'Activate rules',
			description: 'Let messages be decided by a version from now on',
		},
		{
			name: 'Get',
			value: 'get',
			action: 'Get rules',
			description: 'Get the active rules, or those of a version',
		},
		{
			name: 'Get Versions',
			value: 'getVersions',
			action: 'Get versions of rules',
			description: 'Get all versions, the newest first, without their rules',
		},
		{
			name: 'Lint',
			value: 'lint',
			action: 'Lint rules',
			description: 'Find rules that cannot work, contradict each other or are never reached',
		},
		{
			name: 'Replay',
			value: 'replay',
			action: 'Replay rules over stored decisions',
			description: 'Show what other rules would have decided; nothing is sent and nobody is asked',
		},
		{
			name: 'Save',
			value: 'save',
			action: 'Save rules',
			description: 'Keep a rule set as a version of its own, which is never changed any more',
		},
	],
	'lint',
);
