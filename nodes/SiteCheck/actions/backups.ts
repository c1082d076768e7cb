import type { INodeProperties } from 'n8n-workflow';

import type { StatesContext } from '../../../src/backup';
import type { ProbeContext } from '../../../src/check';
import type { CheckedSite } from '../../../src/shared';
import { s3Access } from '../../shared/s3-access';
import type { Call } from './operation';
import { checkedEngine } from './secrets';
import { isSelected } from './sign-in';

/** The sites whose backups are looked at, where the checks do not stand in them. */
export const backupSitesProperty: INodeProperties = {
	displayName: 'Backup Sites',
	name: 'backupSites',
	type: 'string',
	typeOptions: { rows: 6 },
	default: '',
	description:
		'Definitions of the sites whose backups are looked at, as YAML or JSON, or an expression that gives a site or a list of sites',
};

/** The definitions of a field; none when it is empty. @throws SiteError */
export async function backupSitesOf(value: unknown): Promise<CheckedSite[]> {
	if (value === undefined || value === null || value === '') return [];
	if (Array.isArray(value) && value.length === 0) return [];
	const { readCheckedSites } = await import('../../../src/shared/index.js');
	return await readCheckedSites(value, { source: '"Backup Sites"' });
}

/** Looks at the backups of these sites, with the credentials that are selected. */
export function backupStates(call: Call, sites: readonly CheckedSite[]): ProbeContext['backups'] {
	if (sites.length === 0) return undefined;
	return async (name, signal) => {
		const named = sites.filter((site) => site.name === name);
		const site = named.find(({ destinations }) => destinations !== undefined) ?? named[0];
		if (site === undefined) return undefined;
		const { siteBackupStates } = await import('../../../src/backup/index.js');
		return await siteBackupStates(site, await statesContext(call, site), { signal, store: call.store() });
	};
}

/** What is not selected is missing, and what needs it says so. */
export async function statesContext(
	{ context, itemIndex }: Call,
	{ destinations = [] }: CheckedSite,
): Promise<StatesContext> {
	return {
		docker: await checkedEngine(context, itemIndex),
		secrets: {
			s3: await s3Access(context, itemIndex, { destinations }, (name) => isSelected(context, name)),
		},
	};
}
