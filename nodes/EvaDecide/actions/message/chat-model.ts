import { NodeConnectionTypes, NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import type { Invoke } from '../../../../src/decide';

/** What n8n's chat-model sub-nodes give: a model of LangChain, of which no more is needed than this. */
interface ChatModel {
	invoke(messages: Array<[role: string, text: string]>, options: { signal: AbortSignal }): Promise<unknown>;
}

/** The chat model that is connected, reached as decisions reach a model. */
export class ConnectedModel {
	private label = 'unknown';

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly itemIndex: number,
	) {}

	/** What the model calls itself, with its version once it has answered. */
	get name(): string {
		return this.label;
	}

	/** The sub-node is asked for its model as late as here: most messages need none. */
	readonly invoke: Invoke = async (messages, { signal }) => {
		const model = await this.model();
		this.label = nameOf(model);
		const cancelled = this.context.getExecutionCancelSignal();
		const answer = await model.invoke(
			messages.map(({ role, content }) => [role === 'user' ? 'human' : role, content]),
			{ signal: cancelled ? AbortSignal.any([signal, cancelled]) : signal },
		);
		this.label = versionIn(answer) ?? this.label;
		return textOf(answer);
	};

	private async model(): Promise<ChatModel> {
		try {
			const given: unknown = await this.context.getInputConnectionData(
				NodeConnectionTypes.AiLanguageModel,
				this.itemIndex,
			);
			if (isChatModel(given)) return given;
			throw new Error('The sub-node gives no chat model.');
		} catch (thrown) {
			// The rules decide all the same; what is wrong with the sub-node would stay unseen without this.
			const { message, description } = Object(thrown) as { message?: string; description?: string };
			this.context.addExecutionHints({
				type: 'warning',
				location: 'outputPane',
				message: `The chat model cannot be used. ${[message, description].filter(Boolean).join(' ')}`,
			});
			throw new NodeOperationError(this.context.getNode(), thrown as Error, { itemIndex: this.itemIndex });
		}
	}
}

/** The chat model of an item, or undefined where none is connected and switched on. */
export function connectedModel(context: IExecuteFunctions, itemIndex: number): ConnectedModel | undefined {
	const connected = context.getParentNodes(context.getNode().name, {
		connectionType: NodeConnectionTypes.AiLanguageModel,
		depth: 1,
	});
	return connected.some(({ disabled }) => !disabled) ? new ConnectedModel(context, itemIndex) : undefined;
}

const isChatModel = (given: unknown): given is ChatModel =>
	typeof given === 'object' && given !== null && 'invoke' in given && typeof given.invoke === 'function';

const textIn = (value: unknown): string | undefined =>
	typeof value === 'string' && value !== '' ? value : undefined;

/** Vendors call the field differently. */
function nameOf(model: object): string {
	const { modelName, model: name, modelId, deploymentName } = model as Record<string, unknown>;
	return textIn(modelName) ?? textIn(name) ?? textIn(modelId) ?? textIn(deploymentName) ?? 'unknown';
}

function versionIn(answer: unknown): string | undefined {
	const { response_metadata: metadata } = Object(answer) as { response_metadata?: unknown };
	const { model_name: name, model } = Object(metadata) as Record<string, unknown>;
	return textIn(name) ?? textIn(model);
}

/** The text of an answer: alone, or in parts beside others. */
function textOf(answer: unknown): string {
	if (typeof answer === 'string') return answer;
	const { content } = Object(answer) as { content?: unknown };
	if (typeof content === 'string') return content;
	if (!Array.isArray(content)) throw new Error('The model answered with something that is no text.');
	return content
		.map((part: unknown) => {
			if (typeof part === 'string') return part;
			const { type, text } = Object(part) as Record<string, unknown>;
			return type === 'text' || type === 'output_text' ? (textIn(text) ?? '') : '';
		})
		.join('');
}
