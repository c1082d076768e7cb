import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import type {
	ChannelAccountName,
	FaqName,
	MemberName,
	TeamName,
	TemplateName,
	WebsiteName,
} from '../../../../src/store';
import { idOf } from '../../../shared/store/locators';
import { chosen, recordLocator } from '../../../shared/store/record-locator';

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
