import type { CredentialReference, WorkflowJson } from '../support/n8n/workflow';

export const restoreNode = 'Restore the newest backup';

/** A workflow with a button that restores the first site of read-settings from its newest restore point. */
export const restoreWorkflow = (readSettings: string, dockerApi: CredentialReference): WorkflowJson => ({
	id: 'opsdeskDemoRest1',
	name: 'Restore the demo site',
	settings: { executionOrder: 'v1' },
	nodes: [
		{
			id: 'demo-restore-start',
			name: 'Restore now',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		{
			id: 'demo-restore-settings',
			name: 'Read shared settings',
			type: 'n8n-nodes-base.executeWorkflow',
			typeVersion: 1.4,
			position: [220, 0],
			parameters: {
				workflowId: { __rl: true, mode: 'id', value: readSettings },
				workflowInputs: { mappingMode: 'defineBelow', value: {}, matchingColumns: [], schema: [] },
				options: {},
			},
		},
		{
			id: 'demo-restore-site',
			name: restoreNode,
			type: 'n8n-nodes-opsdesk.siteBackup',
			typeVersion: 1,
			position: [440, 0],
			parameters: {
				operation: 'restore',
				siteSource: 'definition',
				site: '={{ $json.sites[0] }}',
				restorePoint: 'latest',
				artefacts: '',
				options: {},
			},
			credentials: { dockerApi: { id: dockerApi.id, name: dockerApi.name } },
		},
	],
	connections: {
		'Restore now': { main: [[{ node: 'Read shared settings', type: 'main', index: 0 }]] },
		'Read shared settings': { main: [[{ node: restoreNode, type: 'main', index: 0 }]] },
	},
});
