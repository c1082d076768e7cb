import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import type { BackupContext } from '../../../src/backup';
import { n8nStateFolder, type Site } from '../../../src/shared';
import { encryptionKeys } from '../../shared/backup-key-credential';
import { refuseDestructiveTool } from '../../shared/destructive';
import { forEachItem, type Outcome } from '../../shared/each-item';
import { s3Access } from '../../shared/s3-access';
import { operations, sitelessOperations } from '.';
import { engineConnection, type EngineNeed } from './engine-needs';
import type { Operation } from './operation';
import { n8nAccess } from './n8n-access';
import { databasePasswords } from './postgres-access';
import { progressLog } from './progress-log';
import { siteParameter } from './site-parameter';

/** Carries the chosen operation out for each site of each item, one after the other. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await forEachItem(this, async (itemIndex) => {
		const name: string = this.getNodeParameter('operation', itemIndex);
		const siteless = sitelessOperations[name];
		if (siteless) {
			if (siteless.destructive) refuseDestructiveTool(this, name, itemIndex);
			const backup = await backupContext(this, itemIndex);
			const output = await siteless.execute({ context: this, itemIndex, backup });
			return output.map((json) => ({ json }));
		}
		const operation = operations[name];
		if (operation === undefined) throw new Error(`Site Backup has no operation "${name}".`);
		if (operation.destructive) refuseDestructiveTool(this, name, itemIndex);
		const sites = await siteParameter(this, itemIndex);
		if (operation.oneSite) refuseSeveral(this, itemIndex, sites);
		const outcomes: Outcome[] = [];
		for (const site of sites) {
			if (this.getExecutionCancelSignal()?.aborted) break;
			// A site that fails must not keep those after it from being backed up.
			const outcome = await executeSite(this, itemIndex, operation, site).catch((failure: unknown) => [
				{ failure },
			]);
			outcomes.push(...outcome);
		}
		return outcomes;
	});
}

async function executeSite(
	context: IExecuteFunctions,
	itemIndex: number,
	operation: Operation,
	site: Site,
): Promise<Outcome[]> {
	const needs = operation.engineNeeds(context, itemIndex, site);
	const backup = await backupContext(context, itemIndex, { site, needs });
	const output = await operation.execute({ context, itemIndex, site, backup });
	return output.map((json) => ({ json }));
}

async function backupContext(
	context: IExecuteFunctions,
	itemIndex: number,
	of?: { site: Site; needs: EngineNeed[] },
): Promise<BackupContext> {
	return {
		docker: await engineConnection(context, itemIndex, of),
		stateFolder: n8nStateFolder(),
		signal: context.getExecutionCancelSignal(),
		...(of && {
			secrets: {
				...(await databasePasswords(context, itemIndex, of.site)),
				...(await n8nAccess(context, itemIndex, of.site)),
				s3: await s3Access(context, itemIndex, of.site),
				encryption: await encryptionKeys(context, itemIndex),
			},
			progress: progressLog(context, of.site.name),
		}),
	};
}

function refuseSeveral(context: IExecuteFunctions, itemIndex: number, sites: Site[]): void {
	if (sites.length === 1) return;
	const names = sites.map(({ name }) => `"${name}"`).join(', ');
	throw new NodeOperationError(
		context.getNode(),
		`The site definition names ${sites.length} sites: ${names}.`,
		{
			itemIndex,
			description:
				'Only one site at a time is restored, so that nothing is replaced by mistake: give one site.',
		},
	);
}
