import type { INodeProperties } from 'n8n-workflow';

import type { LimitChanges, RestartPolicy } from '../../../../src/docker';
import { given } from './command';

const mebibyte = 1024 * 1024;

/** The fields of limits and restart policy, in a collection. */
export const limitFields: INodeProperties[] = [
	{
		displayName: 'CPUs',
		name: 'cpus',
		type: 'number',
		typeOptions: { minValue: 0.01, numberPrecision: 2 },
		default: 1,
		description: 'Processors it may use, such as 0.5',
	},
	{
		displayName: 'Maximum Processes',
		name: 'pids',
		type: 'number',
		typeOptions: { minValue: -1 },
		default: 512,
		description: 'Processes and threads together; -1 for no limit',
	},
	{
		displayName: 'Maximum Retries',
		name: 'maxRetries',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 5,
		description: 'With the restart policy "On Failure"; 0 for no limit',
	},
	{
		displayName: 'Memory (MiB)',
		name: 'memoryMib',
		type: 'number',
		typeOptions: { minValue: 6 },
		default: 512,
	},
	{
		displayName: 'Memory and Swap (MiB)',
		name: 'memorySwapMib',
		type: 'number',
		typeOptions: { minValue: -1 },
		default: 1024,
		description: 'Both together; -1 for as much swap as there is',
	},
	{
		displayName: 'Restart Policy',
		name: 'restartPolicy',
		type: 'options',
		default: 'unless-stopped',
		options: [
			{ name: 'Always', value: 'always' },
			{ name: 'Never', value: 'no' },
			{ name: 'On Failure', value: 'on-failure' },
			{ name: 'Unless Stopped', value: 'unless-stopped' },
		],
	},
];

/** What the user gave there; what is not there stays as it is. */
export function limitParameters(fields: Readonly<Record<string, unknown>>): LimitChanges {
	const bytes = (mebibytes: number | undefined): number | undefined =>
		mebibytes === undefined || mebibytes < 0 ? mebibytes : Math.round(mebibytes * mebibyte);
	const policy = fields['restartPolicy'];
	return {
		memoryBytes: bytes(given(fields['memoryMib'])),
		memorySwapBytes: bytes(given(fields['memorySwapMib'])),
		cpus: given(fields['cpus']),
		pids: given(fields['pids']),
		restartPolicy: policy === undefined || policy === '' ? undefined : (policy as RestartPolicy),
		maxRetries: given(fields['maxRetries']),
	};
}
