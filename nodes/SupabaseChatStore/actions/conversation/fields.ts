import type { INodeProperties } from 'n8n-workflow';

export const status: INodeProperties = {
	displayName: 'Status',
	name: 'status',
	type: 'options',
	options: [
		{ name: 'Active', value: 'active' },
		{ name: 'Assigned to a Person', value: 'assigned_human' },
		{ name: 'Closed', value: 'closed', description: 'Becomes active again with the next message' },
	],
	default: 'active',
};

export const memberId: INodeProperties = {
	displayName: 'Assigned Member ID',
	name: 'assignedMemberId',
	type: 'number',
	default: 0,
	description: 'The member of the team who takes care of it',
};

export const teamId: INodeProperties = { displayName: 'Team ID', name: 'teamId', type: 'number', default: 0 };
