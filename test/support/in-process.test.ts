import {
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_DOUBLE, runWorkflow, type WorkflowJson } from './in-process';

/** Greets with a word from its parameter and a secret from its credential; refuses the name "nobody". */
class Greeter implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Greeter',
		name: 'greeter',
		group: ['transform'],
		version: 1,
		description: 'Greets somebody',
		defaults: { name: 'Greeter' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		usableAsTool: true,
		credentials: [{ name: 'greeterApi', required: true }],
		properties: [{ displayName: 'Name', name: 'name', type: 'string', default: '' }],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const results: INodeExecutionData[] = [];
		for (const itemIndex of this.getInputData().keys()) {
			const name = this.getNodeParameter('name', itemIndex);
			if (name === 'nobody') {
				const error = new NodeOperationError(this.getNode(), 'Nobody is there', { itemIndex });
				if (!this.continueOnFail()) throw error;
				results.push({ json: { error: error.message }, pairedItem: { item: itemIndex } });
				continue;
			}
			const { word } = await this.getCredentials<{ word: string }>('greeterApi', itemIndex);
			results.push({ json: { greeting: `${word}, ${String(name)}` }, pairedItem: { item: itemIndex } });
		}
		return [results];
	}
}

const main = (node: string) => ({ main: [[{ node, type: NodeConnectionTypes.Main, index: 0 }]] });
const node = (name: string, type: string, extra: Partial<INode> = {}): INode => ({
	id: name,
	name,
	type,
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
	...extra,
});

const credentials = { greeterApi: { id: '1', name: 'Greeter' } };
const greeting = (parameters: Partial<INode> = {}): WorkflowJson => ({
	nodes: [
		node('Start', 'n8n-nodes-base.manualTrigger'),
		node('Greet', 'test.greeter', { parameters: { name: '={{ $json.name }}' }, credentials, ...parameters }),
		node('Read back', 'n8n-nodes-base.noOp'),
		node('Note', 'n8n-nodes-base.stickyNote'),
	],
	connections: { Start: main('Greet'), Greet: main('Read back') },
});
const given = {
	nodeTypes: { 'test.greeter': Greeter },
	credentials: { greeterApi: { word: 'Hello' } },
	input: [{ json: { name: 'Ann' } }, { json: { name: 'Bob' } }],
};
const withNobody = { ...given, input: [{ json: { name: 'nobody' } }, { json: { name: 'Bob' } }] };

describe('a workflow run in process', () => {
	it('evaluates expressions for each item and hands the node its decrypted credential', async () => {
		const run = await runWorkflow(greeting(), given);
		expect(run).toMatchObject({ status: 'success', error: undefined });
		expect(run.json('Read back')).toEqual([{ greeting: 'Hello, Ann' }, { greeting: 'Hello, Bob' }]);
		expect(run.executed).toEqual(['Start', 'Greet', 'Read back']);
	});

	it('keeps the item each result came from', async () => {
		const run = await runWorkflow(greeting(), given);
		expect(run.output('Greet')[0]?.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		const reader = greeting();
		reader.nodes[2] = node('Read back', 'test.greeter', {
			parameters: { name: `={{ $('Start').item.json.name }}` },
			credentials,
		});
		expect((await runWorkflow(reader, given)).json('Read back')[1]).toEqual({ greeting: 'Hello, Bob' });
	});

	it('stops at the node that fails and says why', async () => {
		const run = await runWorkflow(greeting(), withNobody);
		expect(run.status).toBe('error');
		expect(run.error?.message).toBe('Nobody is there');
		expect(() => run.output('Read back')).toThrow('"Read back" did not run');
	});

	it('lets a node continue on fail, item by item', async () => {
		const run = await runWorkflow(greeting({ onError: 'continueRegularOutput' }), withNobody);
		expect(run.status).toBe('success');
		expect(run.json('Read back')).toEqual([{ error: 'Nobody is there' }, { greeting: 'Hello, Bob' }]);
	});

	it('sends failed items to the error output', async () => {
		const run = await runWorkflow(greeting({ onError: 'continueErrorOutput' }), withNobody);
		expect(run.json('Greet', 0)).toEqual([{ greeting: 'Hello, Bob' }]);
		expect(run.json('Greet', 1)).toMatchObject([{ error: 'Nobody is there' }]);
	});

	it('runs a node as a tool with the arguments a model fills in', async () => {
		const fromModel = `={{ $fromAI('name', 'Whom to greet', 'string') }}`;
		const workflow: WorkflowJson = {
			nodes: [
				node('Start', 'n8n-nodes-base.manualTrigger'),
				node('Agent', AGENT_DOUBLE),
				node('Greet', 'test.greeterTool', { parameters: { name: fromModel }, credentials }),
			],
			connections: {
				Start: main('Agent'),
				Greet: { ai_tool: [[{ node: 'Agent', type: NodeConnectionTypes.AiTool, index: 0 }]] },
			},
		};
		const run = await runWorkflow(workflow, { ...given, input: [{ json: { name: 'Eve' } }] });
		expect(run.error).toBeUndefined();
		expect(run.json('Agent')).toEqual([
			{ tool: 'Greet', description: 'Greets somebody', answer: '[{"greeting":"Hello, Eve"}]' },
		]);
	});

	it('names the credential and the node type that were not given', async () => {
		const run = await runWorkflow(greeting(), { ...given, credentials: {} });
		expect(run.error?.message).toContain('No "greeterApi" among the credentials');
		await expect(runWorkflow(greeting(), {})).rejects.toThrow('Unknown node type "test.greeter"');
	});

	it('takes about a millisecond', async () => {
		const times: number[] = [];
		for (let round = 0; round < 50; round++) times.push((await runWorkflow(greeting(), given)).elapsedMs);
		const median = times.sort((a, b) => a - b)[25] ?? Infinity;
		expect(median).toBeLessThan(50);
	});

	it("keeps n8n's own settings in a folder that goes with the process", async () => {
		await runWorkflow(greeting(), given);
		const folder = process.env.N8N_USER_FOLDER ?? '';
		expect(folder).toMatch(/\/opsdesk-n8n-core-\w+$/);
		expect(existsSync(join(folder, '.n8n', 'config'))).toBe(true);
	});
});
