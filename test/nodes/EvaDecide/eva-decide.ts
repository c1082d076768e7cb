import type { IDataObject, INodeType, INodeTypeDescription, SupplyData } from 'n8n-workflow';

import { EvaDecide } from '../../../nodes/EvaDecide/EvaDecide.node';
import type { NodeClass } from '../../support/in-process';
import type { Supabase } from '../../support/supabase';
import { storeNodeRunner, type StoreRunOptions } from '../store-node';

export const type = 'n8n-nodes-opsdesk.evaDecide';
export const outcomes = ['reply', 'escalate', 'route', 'ignore', 'defer'] as const;

/** The node in n8n's engine, over a stand or without one. */
export function evaDecide(supabase?: Pick<Supabase, 'url' | 'secretKey' | 'ownerUrl'>) {
	const runner = storeNodeRunner(type, EvaDecide, supabase);
	return {
		...runner,
		/** The one item that came out, by whichever output. */
		async decided(parameters: IDataObject, options: StoreRunOptions = {}): Promise<IDataObject> {
			const run = await runner.run({ resource: 'message', operation: 'decide', ...parameters }, options);
			if (run.error) throw new Error(`${run.error.message} ${run.error.description ?? ''}`);
			const found = run
				.output('Store')
				.flatMap((items, output) => items.map(({ json }) => ({ ...json, output: outcomes[output] })));
			if (found.length !== 1) throw new Error(`${found.length} items came out.`);
			return found[0] ?? {};
		},
	};
}

/** What a chat model is asked: role and text of each message. */
export type Asked = Array<[role: string, text: string]>;
type Answer = (asked: Asked, options: { signal: AbortSignal }) => unknown;

const described: INodeTypeDescription = {
	...{ displayName: 'Chat Model', name: 'chatModel', group: ['transform'], version: 1, description: '' },
	...{ defaults: { name: 'Chat Model' }, inputs: [], outputs: ['ai_languageModel'], properties: [] },
};

/** A sub-node that gives a chat model as LangChain's are, and remembers what it was asked. */
export function chatModel(...answers: Answer[]): { node: NodeClass; asked: Asked[] } {
	const asked: Asked[] = [];
	const response = {
		modelName: 'double',
		invoke: async (messages: Asked, options: { signal: AbortSignal }): Promise<unknown> => {
			asked.push(messages);
			const answer = answers[Math.min(asked.length, answers.length) - 1];
			return await answer?.(messages, options);
		},
	};
	class ChatModelDouble implements INodeType {
		description = described;
		supplyData(): Promise<SupplyData> {
			return Promise.resolve({ response });
		}
	}
	return { node: ChatModelDouble, asked };
}

/** An answer as a model of LangChain gives it. */
export const says =
	(text: string | object, version = 'double-2026-01') =>
	() => ({
		content: typeof text === 'string' ? text : JSON.stringify(text),
		response_metadata: { model_name: version },
	});

export const writes = (text: string, confidence = 0.9) =>
	says({ outcome: 'reply', confidence, reason: 'a question', text });

/** A message in its normal form, as Channel Trigger gives it. */
export const messageItem = (text: string, more: IDataObject = {}) => [
	{
		json: {
			kind: 'message',
			message: {
				...{ platform: 'telegram', account: 'bot', id: '7', chat: { id: '4242', kind: 'private' } },
				...{ sender: { id: '4242', name: 'Anna' }, sentAt: '2026-11-20T10:00:00Z', text, ...more },
			},
		},
	},
];
