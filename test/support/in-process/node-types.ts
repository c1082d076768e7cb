import {
	NodeConnectionTypes,
	NodeHelpers,
	type IDataObject,
	type INodeType,
	type INodeTypeDescription,
	type INodeTypes,
	type IVersionedNodeType,
} from 'n8n-workflow';

export type NodeClass = new () => INodeType | IVersionedNodeType;

const TOOL_SUFFIX = 'Tool';

/** The node types of one run; a type that is usable as a tool is also known under its name with `Tool`. */
export class NodeTypeRegistry implements INodeTypes {
	private readonly instances = new Map<string, INodeType | IVersionedNodeType>();

	constructor(private readonly classes: Record<string, NodeClass>) {}

	getByName(typeName: string): INodeType | IVersionedNodeType {
		const known = this.instances.get(typeName);
		if (known) return known;
		const NodeType = this.classes[typeName];
		if (!NodeType) {
			throw new Error(`Unknown node type "${typeName}": give its class in the nodeTypes of runWorkflow.`);
		}
		const instance = new NodeType();
		this.instances.set(typeName, instance);
		return instance;
	}

	getByNameAndVersion(typeName: string, version?: number): INodeType {
		if (this.classes[typeName] || !typeName.endsWith(TOOL_SUFFIX)) {
			return NodeHelpers.getVersionedNodeType(this.getByName(typeName), version);
		}
		const plainName = typeName.slice(0, -TOOL_SUFFIX.length);
		return asTool(NodeHelpers.getVersionedNodeType(this.getByName(plainName), version));
	}

	getKnownTypes(): IDataObject {
		return {};
	}
}

/** What n8n makes of a node with `usableAsTool`: no inputs and one output, the tool. */
function asTool(nodeType: INodeType): INodeType {
	const { usableAsTool, ...description } = nodeType.description;
	if (!usableAsTool) throw new Error(`${description.displayName} is not usable as a tool.`);
	const tool: INodeTypeDescription = {
		...description,
		name: `${description.name}${TOOL_SUFFIX}`,
		displayName: `${description.displayName} ${TOOL_SUFFIX}`,
		inputs: [],
		outputs: [NodeConnectionTypes.AiTool],
	};
	return Object.assign(Object.create(nodeType) as INodeType, { description: tool });
}
