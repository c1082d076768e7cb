import type { INodeProperties } from 'n8n-workflow';

import { allowDestructiveProperty } from '../../shared/destructive';
import { backUp } from './backUp.operation';
import { drill } from './drill.operation';
import { list } from './list.operation';
import type { Operation, SitelessOperation } from './operation';
import { recover } from './recover.operation';
import { restore } from './restore.operation';
import { siteProperties } from './site.descriptions';
import { verify } from './verify.operation';

export const operations: Record<string, Operation> = { backUp, drill, list, restore, verify };
export const sitelessOperations: Record<string, SitelessOperation> = { recover };

const all = { ...operations, ...sitelessOperations };
const destructive = Object.keys(all).filter((name) => all[name]?.destructive);

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Back Up',
				value: 'backUp',
				action: 'Back up site',
				description: 'Store directories, volumes and databases in every destination',
			},
			{
				name: 'Drill',
				value: 'drill',
				action: 'Drill the restore of site',
				description: 'Restore into throwaway places, prove what comes out and measure the time',
			},
			{
				name: 'List',
				value: 'list',
				action: 'List restore points of site',
				description: 'List the restore points in every destination, newest first',
			},
			{
				name: 'Recover',
				value: 'recover',
				action: 'Recover containers after a killed backup',
				description: 'Start what a backup that was killed has left paused or stopped',
			},
			{
				name: 'Restore',
				value: 'restore',
				action: 'Restore site',
				description: 'Check a restore point, then put its content in place',
			},
			{
				name: 'Verify',
				value: 'verify',
				action: 'Verify restore point of site',
				description: 'Read a restore point and prove that it is whole',
			},
		],
		default: 'backUp',
	},
	allowDestructiveProperty(undefined, destructive),
	...siteProperties,
	...Object.values(all).flatMap((operation) => operation.description),
];
