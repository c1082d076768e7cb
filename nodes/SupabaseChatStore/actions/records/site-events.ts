import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { WebsiteName } from '../../../../src/store';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { resourceDescription } from '../../../shared/resource';
import { instants } from '../../../shared/store/filters';
import { idOf } from '../../../shared/store/locators';
import { itemsOf, manyFields } from '../../../shared/store/pages';
import { asText, textOf } from '../../../shared/values';
import type { Operation } from '../operation';
import { websiteLocator, websiteOf } from './locators';

const upsert = 'Create a new record, or update the current one if it already exists (upsert)';

const instant = (name: string): INodeProperties => ({
	displayName: 'At',
	name,
	type: 'dateTime',
	default: '',
	description: 'When it was done. Empty: now.',
});

const ofWebsite: INodeProperties = {
	...websiteLocator.property,
	required: false,
	description: 'Empty: all websites',
};

function websiteFilter(context: IExecuteFunctions, itemIndex: number): WebsiteName | undefined {
	const given: unknown = context.getNodeParameter('website', itemIndex, '', { extractValue: true });
	return given === '' || given === undefined ? undefined : websiteOf(context, itemIndex);
}

const many = manyFields([]).filter(({ name }) => name !== 'filters');

const deploymentShown = forOperationsOf('deployment');
export const deploymentOperations: Record<string, Operation> = {
	createOrUpdate: {
		description: deploymentShown(
			['createOrUpdate'],
			[
				websiteLocator.forNew,
				{
					displayName: 'Status',
					name: 'status',
					type: 'string',
					default: 'ok',
					required: true,
					placeholder: 'e.g. failed',
				},
				optionsOf([
					instant('deployedAt'),
					{
						displayName: 'Commit',
						name: 'commitHash',
						type: 'string',
						default: '',
						description: 'With the time it says which deployment is meant',
					},
				]),
			],
		),
		async execute(context, { store, records }, itemIndex) {
			const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
			const commitHash = textOf(options['commitHash']);
			return [
				await records.recordDeployment(store, websiteOf(context, itemIndex), {
					status: asText(context.getNodeParameter('status', itemIndex)),
					...instants(context, itemIndex, options, { deployedAt: 'At' }),
					...(commitHash !== undefined && { commitHash }),
				}),
			];
		},
	},
	getMany: {
		description: deploymentShown(['getMany'], [ofWebsite, ...many]),
		async execute(context, { store, records }, itemIndex) {
			const which = websiteFilter(context, itemIndex);
			return await itemsOf(
				context,
				itemIndex,
				async (page) => await records.getDeployments(store, which, page),
			);
		},
	},
};

export const deploymentDescription = resourceDescription('deployment', deploymentOperations, [
	{
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: 'Create or update deployment',
		description: upsert,
	},
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many deployments',
		description: 'Get deployments, the newest first',
	},
]);

const backupShown = forOperationsOf('backup');
const path: INodeProperties = {
	displayName: 'Path',
	name: 'path',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. s3://backups/shop/2026-01-05',
	description: 'Where it is; a website has one backup of a path',
};

export const backupOperations: Record<string, Operation> = {
	createOrUpdate: {
		description: backupShown(
			['createOrUpdate'],
			[
				websiteLocator.forNew,
				path,
				optionsOf([
					instant('at'),
					{
						displayName: 'Size (Bytes)',
						name: 'sizeBytes',
						type: 'number',
						default: 0,
						description: 'Unknown at 0',
					},
				]),
			],
		),
		async execute(context, { store, records }, itemIndex) {
			const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
			const size = asText(options['sizeBytes']);
			return [
				await records.recordBackup(store, websiteOf(context, itemIndex), {
					path: asText(context.getNodeParameter('path', itemIndex)),
					...instants(context, itemIndex, options, { at: 'At' }),
					...(size !== '' && size !== '0' && { sizeBytes: idOf(context, itemIndex, 'Size (Bytes)', size) }),
				}),
			];
		},
	},
	getMany: {
		description: backupShown(['getMany'], [ofWebsite, ...many]),
		async execute(context, { store, records }, itemIndex) {
			const which = websiteFilter(context, itemIndex);
			return await itemsOf(context, itemIndex, async (page) => await records.getBackups(store, which, page));
		},
	},
	remove: {
		description: backupShown(['remove'], [websiteLocator.property, path]),
		destructive: true,
		async execute(context, { store, records }, itemIndex) {
			const which = asText(context.getNodeParameter('path', itemIndex));
			return [{ deleted: await records.removeBackup(store, websiteOf(context, itemIndex), which) }];
		},
	},
};

export const backupDescription = resourceDescription('backup', backupOperations, [
	{
		name: 'Create or Update',
		value: 'createOrUpdate',
		action: 'Create or update backup',
		description: upsert,
	},
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many backups',
		description: 'Get backups, the newest first',
	},
	{
		name: 'Remove',
		value: 'remove',
		action: 'Remove backup from the list',
		description: 'Take a backup off the list; what was backed up stays',
	},
]);
