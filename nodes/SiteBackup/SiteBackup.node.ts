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
			{ name: 'dockerApi', required: false, testedBy: 'dockerApiTest' },
			{ name: 'backupKeyApi', required: false, testedBy: 'backupKeyApiTest' },
			{ name: 'n8nApi', required: false },
			{ name: 'postgres', required: false },
			{ name: 's3', required: false },
			{ name: 'aws', required: false },
		],
		properties: description,
	};

	methods = { credentialTest: { backupKeyApiTest, dockerApiTest } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
