import { NodeOperationError } from 'n8n-workflow';
import { z } from 'zod';

import { parseInput } from '../../../src/shared';
import { forOperations, type Operation } from './operation';
import { setParameter, setProperty } from './set';

const noticesSchema = z.array(z.object({ target: z.string(), id: z.string() })).max(10_000);

export const confirmAlert: Operation = {
	destructive: true,
	description: forOperations(
		['confirmAlert'],
		[
			setProperty,
			{
				displayName: 'Notices',
				name: 'notices',
				type: 'json',
				default: '={{ $json.notices }}',
				required: true,
				description: 'The notices of the alert, as Run Checks gave them',
			},
			{
				displayName: 'Reached',
				name: 'reached',
				type: 'options',
				default: 'everybody',
				description: 'Whom the alert has reached. What has not reached everybody is handed out again.',
				options: [
					{ name: 'Everybody', value: 'everybody', description: 'It is told, and not told again' },
					{ name: 'Nobody', value: 'nobody', description: 'It is told with the next run, if it is still so' },
					{ name: 'Some', value: 'some', description: 'It is told again; its end is told in any case' },
				],
			},
		],
	),
	async execute(call) {
		const { context, itemIndex, store } = call;
		const { confirmAlert: confirm } = await import('../../../src/check/index.js');
		const given: unknown = context.getNodeParameter('notices', itemIndex);
		const parsed = parseInput(noticesSchema, typeof given === 'string' ? fromJson(given) : given);
		const reached: unknown = context.getNodeParameter('reached', itemIndex);
		if (!parsed.ok) throw refusal('Notices', 'the list that Run Checks gave with the alert, under `notices`');
		if (reached !== 'everybody' && reached !== 'some' && reached !== 'nobody')
			throw refusal('Reached', 'one of everybody, some, nobody');
		const confirmed = await confirm(store(), setParameter(call), parsed.value, reached);
		return [{ json: { confirmed, reached } }];

		function refusal(field: string, what: string): NodeOperationError {
			return new NodeOperationError(context.getNode(), `"${field}" is not ${what}.`, { itemIndex });
		}
	},
};

function fromJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
