import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { backupKeyApiTest } from '../shared/backup-key-credential';
import { dockerApiTest } from '../shared/docker-credential-test';
import { description } from './actions';
import { router } from './actions/router';

export class SiteBackup implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Site Backup',
		name: 'siteBackup',
		icon: { light: 'file:siteBackup.svg', dark: 'file:siteBackup.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] }}',
		description: 'Back up sites, prove that the backups are whole, and restore them',
		defaults: { name: 'Site Backup' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		usableAsTool: true,
		// Which of them a site needs depends on its sources, its destinations and its encryption.
		credentials: [
			{
				name: 'dockerApi',
				displayName: 'Docker (Containers, Volumes, Host Paths)',
				required: false,
				testedBy: 'dockerApiTest',
			},
			{
				name: 'backupKeyApi',
				displayName: 'Backup Key (Encrypted Backups)',
				required: false,
				testedBy: 'backupKeyApiTest',
			},
			{ name: 'n8nApi', displayName: 'n8n (Workflows as Files)', required: false },
			{ name: 'postgres', displayName: 'Postgres (Databases on a Server)', required: false },
			{ name: 's3', displayName: 'S3 (Destinations)', required: false },
			{ name: 'aws', displayName: 'AWS (Destinations)', required: false },
		],
		properties: description,
	};

	methods = { credentialTest: { backupKeyApiTest, dockerApiTest } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
