import type { INodeProperties } from 'n8n-workflow';

import { allowDestructiveProperty } from '../../shared/destructive';
import { backUp } from './backUp.operation';
import { confirm } from './confirm.operation';
import { drill } from './drill.operation';
import { hold } from './hold.operation';
import { list } from './list.operation';
import { listKept } from './listKept.operation';
import type { Operation, SitelessOperation } from './operation';
import { prune } from './prune.operation';
import { recover } from './recover.operation';
import { release } from './release.operation';
import { removeKept } from './removeKept.operation';
import { restore } from './restore.operation';
import { siteProperties } from './site.descriptions';
import { status } from './status.operation';
import { verify } from './verify.operation';

export const operations: Record<string, Operation> = {
	backUp,
	confirm,
	drill,
	hold,
	list,
	listKept,
	prune,
	release,
	removeKept,
	restore,
	status,
	verify,
};
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
				name: 'Confirm',
				value: 'confirm',
				action: 'Confirm suspicious restore point',
				description: 'Say that a suspicious restore point is as it should be',
			},
			{
				name: 'Drill',
				value: 'drill',
				action: 'Drill the restore of site',
				description: 'Restore into throwaway places, prove what comes out and measure the time',
			},
			{
				name: 'Hold',
				value: 'hold',
				action: 'Hold restore point',
				description: 'Keep a restore point, whatever the retention of the site says',
			},
			{
				name: 'List',
				value: 'list',
				action: 'List restore points of site',
				description: 'List the restore points in every destination, newest first',
			},
			{
				name: 'List Kept Copies',
				value: 'listKept',
				action: 'List kept copies of site',
				description: 'List what restores have kept of what was there before them',
			},
			{
				name: 'Prune',
				value: 'prune',
				action: 'Prune restore points of site',
				description: 'Remove the restore points that the retention of the site does not keep',
			},
			{
				name: 'Recover',
				value: 'recover',
				action: 'Recover containers after a killed backup',
				description: 'Start what a backup that was killed has left paused or stopped',
			},
			{
				name: 'Release',
				value: 'release',
				action: 'Release restore point',
				description: 'Take a hold back',
			},
			{
				name: 'Remove Kept Copies',
				value: 'removeKept',
				action: 'Remove kept copies of site',
				description: 'Remove what restores have kept for long enough',
			},
			{
				name: 'Restore',
				value: 'restore',
				action: 'Restore site',
				description: 'Check a restore point, then put its content in place',
			},
			{
				name: 'Status',
				value: 'status',
				action: 'Get status of backups of site',
				description: 'Age of the newest good restore point, and whether a backup was missed',
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
