import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { Operation } from '../operation';
import * as channelAccount from './channel-account';
import * as errorLog from './error-log';
import * as faqItem from './faq-item';
import * as member from './member';
import {
	backupDescription,
	backupOperations,
	deploymentDescription,
	deploymentOperations,
} from './site-events';
import * as team from './team';
import * as template from './template';
import * as tenant from './tenant';
import * as website from './website';

/** Records beside the chats: who answers, with what, and for which sites. */
export const recordResources: Record<string, Record<string, Operation>> = {
	backup: backupOperations,
	channelAccount: channelAccount.operations,
	deployment: deploymentOperations,
	errorLog: errorLog.operations,
	faqItem: faqItem.operations,
	member: member.operations,
	team: team.operations,
	template: template.operations,
	tenant: tenant.operations,
	website: website.operations,
};

export const recordOptions: INodePropertyOptions[] = [
	{ name: 'Backup', value: 'backup' },
	{ name: 'Channel Account', value: 'channelAccount' },
	{ name: 'Deployment', value: 'deployment' },
	{ name: 'Error Log', value: 'errorLog' },
	{ name: 'FAQ Item', value: 'faqItem' },
	{ name: 'Member', value: 'member' },
	{ name: 'Team', value: 'team' },
	{ name: 'Template', value: 'template' },
	{ name: 'Tenant', value: 'tenant' },
	{ name: 'Website', value: 'website' },
];

export const recordDescription: INodeProperties[] = [
	...backupDescription,
	...channelAccount.description,
	...deploymentDescription,
	...errorLog.description,
	...faqItem.description,
	...member.description,
	...team.description,
	...template.description,
	...tenant.description,
	...website.description,
];
