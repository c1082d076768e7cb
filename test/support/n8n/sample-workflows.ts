import type { CredentialReference, WorkflowJson } from './workflow';

/** A workflow with a webhook and a manual trigger that greets the name it is given. */
export const answeringWorkflow = (path: string): WorkflowJson => ({
	name: `Answer ${path}`,
	settings: { executionOrder: 'v1' },
	nodes: [
		{
			id: `${path}-webhook`,
			name: 'Webhook',
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2.1,
			position: [0, 0],
			parameters: { httpMethod: 'POST', path, responseMode: 'lastNode', options: {} },
			webhookId: `${path}-hook`,
		},
		{
			id: `${path}-start`,
			name: 'Start',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 200],
			parameters: {},
		},
		{
			id: `${path}-greet`,
			name: 'Greet',
			type: 'n8n-nodes-base.set',
			typeVersion: 3.4,
			position: [220, 100],
			parameters: {
				assignments: {
					assignments: [
						{
							id: 'greeting',
							name: 'greeting',
							type: 'string',
							value: "={{ 'Hello ' + ($json.body?.name ?? 'nobody') }}",
						},
					],
				},
				options: {},
			},
		},
	],
	connections: {
		Webhook: { main: [[{ node: 'Greet', type: 'main', index: 0 }]] },
		Start: { main: [[{ node: 'Greet', type: 'main', index: 0 }]] },
	},
});

/** A webhook that carries out an operation of Docker Control on the container it is given by name. */
export const dockerWorkflow = (
	operation: string,
	path: string,
	dockerApi: CredentialReference,
): WorkflowJson => ({
	name: `Docker ${operation}`,
	settings: { executionOrder: 'v1' },
	nodes: [
		{
			name: 'Request',
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2.1,
			position: [0, 0],
			parameters: { httpMethod: 'POST', path, responseMode: 'lastNode', options: {} },
			webhookId: path,
		},
		{
			name: 'Docker Control',
			type: 'n8n-nodes-opsdesk.dockerControl',
			typeVersion: 1,
			position: [220, 0],
			parameters: {
				resource: 'container',
				operation,
				container: { __rl: true, mode: 'name', value: '={{ $json.body.name }}' },
				options: { graceSeconds: 1 },
			},
			credentials: { dockerApi },
		},
	],
	connections: { Request: { main: [[{ node: 'Docker Control', type: 'main', index: 0 }]] } },
});

/** A webhook that carries out an operation of Site Backup on a site. */
export const siteBackupWorkflow = (
	operation: string,
	path: string,
	site: object,
	dockerApi: CredentialReference,
): WorkflowJson => ({
	name: `Site Backup ${operation}`,
	settings: { executionOrder: 'v1' },
	nodes: [
		{
			name: 'Request',
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2.1,
			position: [0, 0],
			parameters: { httpMethod: 'POST', path, responseMode: 'lastNode', options: {} },
			webhookId: path,
		},
		{
			name: 'Site Backup',
			type: 'n8n-nodes-opsdesk.siteBackup',
			typeVersion: 1,
			position: [220, 0],
			parameters: { operation, siteSource: 'definition', site: JSON.stringify(site) },
			credentials: { dockerApi },
		},
	],
	connections: { Request: { main: [[{ node: 'Site Backup', type: 'main', index: 0 }]] } },
});
