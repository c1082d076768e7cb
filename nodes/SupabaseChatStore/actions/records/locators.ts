import {
	NodeOperationError,
	type IExecuteFunctions,
	type INodeParameterResourceLocator,
	type INodeProperties,
} from 'n8n-workflow';

import type {
	ChannelAccountName,
	FaqName,
	MemberName,
	TeamName,
	TemplateName,
	WebsiteName,
} from '../../../../src/store';
import { asText } from '../../../shared/values';
import { idOf } from '../locators';

/** A way to name a record by its own words. */
interface NameMode {
	name: string;
	displayName: string;
	placeholder: string;
}

/** How records of one kind are named. */
interface RecordLocator {
	/** From the list, by number, or by the record's own words. */
	property: INodeProperties;
	/** The same for an operation that may make a record: its own words come first. */
	forNew: INodeProperties;
	modes: NameMode[];
	isNumbered: boolean;
}

function recordLocator(
	displayName: string,
	name: string,
	searchListMethod: string,
	modes: [NameMode, ...NameMode[]],
	isNumbered = true,
): RecordLocator {
	const property: INodeProperties = {
		displayName,
		name,
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		required: true,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod, searchable: true },
			},
			...(isNumbered
				? [{ displayName: 'By ID', name: 'id', type: 'string' as const, placeholder: 'e.g. 42' }]
				: []),
			...modes.map((mode) => ({ ...mode, type: 'string' as const })),
		],
	};
	const forNew = { ...property, default: { mode: modes[0].name, value: '' } };
	return { property, forNew, modes, isNumbered };
}

export const memberLocator = recordLocator('Member', 'member', 'searchMembers', [
	{ name: 'email', displayName: 'By Email', placeholder: 'e.g. name@example.com' },
	{ name: 'identity', displayName: 'By ID on a Channel', placeholder: 'e.g. telegram:4242' },
	{ name: 'userId', displayName: 'By User ID', placeholder: 'e.g. 2f1c6f3e-8a3b-4a53-9a0b-0d5ee7d1a111' },
]);
export const teamLocator = recordLocator('Team', 'team', 'searchTeams', [
	{ name: 'name', displayName: 'By Name', placeholder: 'e.g. First line' },
]);
export const accountLocator = recordLocator('Channel Account', 'channelAccount', 'searchChannelAccounts', [
	{ name: 'platform', displayName: 'By ID on the Platform', placeholder: 'e.g. telegram:my_bot' },
]);
export const tenantLocator = recordLocator(
	'Tenant',
	'tenant',
	'searchTenants',
	[{ name: 'name', displayName: 'By ID', placeholder: 'e.g. agency' }],
	false,
);
export const templateLocator = recordLocator('Template', 'template', 'searchTemplates', [
	{ name: 'title', displayName: 'By Title', placeholder: 'e.g. Greeting' },
]);
export const faqLocator = recordLocator('FAQ Item', 'faqItem', 'searchFaqItems', [
	{ name: 'question', displayName: 'By Question', placeholder: 'e.g. When are you open?' },
]);
export const websiteLocator = recordLocator('Website', 'website', 'searchWebsites', [
	{ name: 'clientName', displayName: 'By Client', placeholder: 'e.g. Flower shop' },
]);

export function memberOf(context: IExecuteFunctions, itemIndex: number): MemberName {
	const { mode, value } = chosen(context, itemIndex, memberLocator);
	if (mode === 'email') return { email: value };
	if (mode === 'userId') return { userId: value };
	if (mode === 'identity') return { identity: channelId(context, itemIndex, 'Member', value) };
	return { memberId: idOf(context, itemIndex, 'Member', value) };
}

export function teamOf(context: IExecuteFunctions, itemIndex: number): TeamName {
	const { mode, value } = chosen(context, itemIndex, teamLocator);
	return mode === 'name' ? { team: value } : { teamId: idOf(context, itemIndex, 'Team', value) };
}

export function accountOf(context: IExecuteFunctions, itemIndex: number): ChannelAccountName {
	const { mode, value } = chosen(context, itemIndex, accountLocator);
	if (mode !== 'platform') return { accountId: idOf(context, itemIndex, 'Channel Account', value) };
	const { platform, id } = channelId(context, itemIndex, 'Channel Account', value);
	return { platform, externalId: id };
}

export function tenantOf(context: IExecuteFunctions, itemIndex: number): string {
	return chosen(context, itemIndex, tenantLocator).value;
}

export function templateOf(context: IExecuteFunctions, itemIndex: number): TemplateName {
	const { mode, value } = chosen(context, itemIndex, templateLocator);
	return mode === 'title' ? { template: value } : { templateId: idOf(context, itemIndex, 'Template', value) };
}

export function faqOf(context: IExecuteFunctions, itemIndex: number): FaqName {
	const { mode, value } = chosen(context, itemIndex, faqLocator);
	return mode === 'question' ? { question: value } : { faqId: idOf(context, itemIndex, 'FAQ Item', value) };
}

export function websiteOf(context: IExecuteFunctions, itemIndex: number): WebsiteName {
	const { mode, value } = chosen(context, itemIndex, websiteLocator);
	return mode === 'clientName'
		? { clientName: value }
		: { websiteId: idOf(context, itemIndex, 'Website', value) };
}

/** @throws NodeOperationError when the field is empty */
function chosen(
	context: IExecuteFunctions,
	itemIndex: number,
	{ property, modes, isNumbered }: RecordLocator,
): { mode: string; value: string } {
	const given = context.getNodeParameter(property.name, itemIndex, '') as
		string | number | INodeParameterResourceLocator;
	const isLocator = typeof given === 'object' && given !== null;
	const value = asText(isLocator ? given.value : given);
	if (value === '')
		throw new NodeOperationError(context.getNode(), `"${property.displayName}" is empty.`, {
			itemIndex,
			description: 'Choose one, or see what the expression in that field gives for this item.',
		});
	// An expression in place of the whole field gives no mode: a number is an ID.
	const named = isNumbered && /^\d+$/.test(value) ? 'id' : (modes[0]?.name ?? 'id');
	return { mode: isLocator ? given.mode : named, value };
}

/** `platform:id`. @throws NodeOperationError naming the field */
export function channelId(
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
	value: string,
): { platform: string; id: string } {
	const [, platform, id] = /^\s*([a-z0-9][a-z0-9_-]*):(.+)$/s.exec(value) ?? [];
	if (platform !== undefined && id !== undefined) return { platform, id: id.trim() };
	throw new NodeOperationError(
		context.getNode(),
		`"${field}" is not platform and ID: ${value.slice(0, 100)}`,
		{
			itemIndex,
			description: 'Give it as telegram:4242.',
		},
	);
}
