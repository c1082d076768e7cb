import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

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
		// A site of directories that n8n sees needs no engine.
		credentials: [{ name: 'dockerApi', required: false, testedBy: 'dockerApiTest' }],
		properties: description,
	};

	methods = { credentialTest: { dockerApiTest } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
