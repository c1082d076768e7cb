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
import { credentials } from './actions/sign-in';

export class SiteCheck implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Site Check',
		name: 'siteCheck',
		icon: { light: 'file:siteCheck.svg', dark: 'file:siteCheck.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] }}',
		description: 'Check sites and services, and call a person once for each trouble',
		defaults: { name: 'Site Check' },
		inputs: [NodeConnectionTypes.Main],
		outputs:
			'={{ $parameter["operation"] === "runChecks" ? [{ type: "main", displayName: "Results" }, { type: "main", displayName: "Alerts" }] : ["main"] }}',
		usableAsTool: true,
		credentials,
		properties: description,
	};

	methods = { credentialTest: { dockerApiTest } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
