import {
	NodeConnectionTypes,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeInputConfiguration,
	type INodeOutputConfiguration,
	type INodeProperties,
	type INodeType,
	type INodeTypeDescription,
	type NodeConnectionType,
} from 'n8n-workflow';
import type { NodeClass } from './node-types';

/** Type name of a node that calls its one connected tool, as a chat model would. */
export const AGENT_DOUBLE = 'test.agent';

interface Tool {
	name: string;
	description: string;
	invoke(args: IDataObject): Promise<unknown>;
}

function describe(
	name: string,
	inputs: Array<NodeConnectionType | INodeInputConfiguration>,
	properties: INodeProperties[] = [],
): INodeTypeDescription {
	const outputs: Array<NodeConnectionType | INodeOutputConfiguration> = [NodeConnectionTypes.Main];
	return {
		displayName: name,
		name,
		group: inputs.length === 0 ? ['trigger'] : ['transform'],
		version: 1,
		description: name,
		defaults: { name },
		inputs,
		outputs,
		properties,
	};
}

/** Stands for any trigger: hands on the items the run was started with. */
class ManualTriggerDouble implements INodeType {
	description = describe('manualTrigger', []);

	execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return Promise.resolve([this.getInputData()]);
	}
}

class NoOpDouble implements INodeType {
	description = describe('noOp', [NodeConnectionTypes.Main]);

	execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return Promise.resolve([this.getInputData()]);
	}
}

/** Calls the connected tool once for each item, with the item's JSON as the model's arguments. */
class AgentDouble implements INodeType {
	description = describe('agent', [
		NodeConnectionTypes.Main,
		{ type: NodeConnectionTypes.AiTool, displayName: 'Tool', maxConnections: 1 },
	]);

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const results: INodeExecutionData[] = [];
		for (const [itemIndex, item] of this.getInputData().entries()) {
			const tool = (await this.getInputConnectionData(NodeConnectionTypes.AiTool, itemIndex)) as
				Tool | undefined;
			if (!tool) throw new NodeOperationError(this.getNode(), 'No tool is connected', { itemIndex });
			const answer = await tool.invoke(item.json);
			const { name, description } = tool;
			results.push({
				json: { tool: name, description, answer: String(answer) },
				pairedItem: { item: itemIndex },
			});
		}
		return [results];
	}
}

/** What every run knows without being told; tests may put the real ones in their place. */
export const DOUBLES: Record<string, NodeClass> = {
	'n8n-nodes-base.manualTrigger': ManualTriggerDouble,
	'n8n-nodes-base.noOp': NoOpDouble,
	[AGENT_DOUBLE]: AgentDouble,
};
