import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { dockerApiTest } from '../shared/docker-credential-test';
import * as composeProject from './actions/composeProject';
import * as container from './actions/container';
import * as image from './actions/image';
import * as network from './actions/network';
import { router } from './actions/router';
import * as system from './actions/system';
import * as volume from './actions/volume';
import { searchContainers, searchImages, searchNetworks, searchVolumes } from './methods/listSearch';
import { searchProjects } from './methods/searchProjects';

export class DockerControl implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Docker Control',
		name: 'dockerControl',
		icon: { light: 'file:dockerControl.svg', dark: 'file:dockerControl.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'See and control containers, images, networks and volumes of a Docker engine',
		defaults: { name: 'Docker Control' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		usableAsTool: true,
		credentials: [{ name: 'dockerApi', required: true, testedBy: 'dockerApiTest' }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Compose Project', value: 'composeProject' },
					{ name: 'Container', value: 'container' },
					{ name: 'Image', value: 'image' },
					{ name: 'Network', value: 'network' },
					{ name: 'System', value: 'system' },
					{ name: 'Volume', value: 'volume' },
				],
				default: 'container',
			},
			...composeProject.description,
			...container.description,
			...image.description,
			...network.description,
			...system.description,
			...volume.description,
		],
	};

	methods = {
		credentialTest: { dockerApiTest },
		listSearch: { searchContainers, searchImages, searchNetworks, searchProjects, searchVolumes },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
