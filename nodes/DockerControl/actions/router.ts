import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { refuseDestructiveTool } from '../../shared/destructive';
import { forEachItem } from '../../shared/each-item';
import * as composeProject from './composeProject';
import * as container from './container';
import * as image from './image';
import * as network from './network';
import { Output, type Operation, type Session } from './operation';
import * as system from './system';
import * as volume from './volume';

const resources: Record<string, Record<string, Operation>> = {
	composeProject: composeProject.operations,
	container: container.operations,
	image: image.operations,
	network: network.operations,
	system: system.operations,
	volume: volume.operations,
};

/** Carries the chosen operation out for each item. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await forEachItem(this, async (itemIndex) => {
		const output = await executeItem(this, itemIndex);
		return output.map((item) => (item instanceof Output ? item.outcome : { json: item }));
	});
}

async function executeItem(context: IExecuteFunctions, itemIndex: number): Promise<(IDataObject | Output)[]> {
	const resource: string = context.getNodeParameter('resource', itemIndex);
	const name: string = context.getNodeParameter('operation', itemIndex);
	const operation = resources[resource]?.[name];
	if (operation === undefined)
		throw new Error(`Docker Control has no operation "${name}" for "${resource}".`);
	if (operation.destructive) refuseDestructiveTool(context, name, itemIndex);
	// Loaded on first use: n8n loads every node at its start, used or not.
	const docker = await import('../../../src/docker/index.js');
	const connection = docker.parseConnection(await context.getCredentials('dockerApi', itemIndex));
	const session: Session = {
		connection,
		containers: new docker.Containers(connection),
		images: new docker.Images(connection),
		networks: new docker.Networks(connection),
		system: new docker.System(connection),
		volumes: new docker.Volumes(connection),
		signal: context.getExecutionCancelSignal(),
	};
	return await operation.execute(context, session, itemIndex);
}
