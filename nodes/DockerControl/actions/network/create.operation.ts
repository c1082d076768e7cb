import { asText } from '../../../shared/values';
import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { pairsField, pairsOf } from '../pairs';
import { forOperations } from './common.descriptions';

export const create: Operation = {
	description: forOperations(
		['create'],
		[
			{
				displayName: 'Name',
				name: 'name',
				type: 'string',
				default: '',
				required: true,
				placeholder: 'e.g. shop_backend',
			},
			optionsOf([
				{
					displayName: 'Attachable',
					name: 'attachable',
					type: 'boolean',
					default: false,
					description: 'Whether containers of their own may join a network of a swarm',
				},
				{
					displayName: 'Driver',
					name: 'driver',
					type: 'string',
					default: 'bridge',
					placeholder: 'e.g. macvlan',
				},
				pairsField({
					displayName: 'Driver Options',
					name: 'driverOptions',
					placeholder: 'Add option',
					description: 'Such as com.docker.network.driver.mtu',
				}),
				dryRun,
				{
					displayName: 'Gateway',
					name: 'gateway',
					type: 'string',
					default: '',
					placeholder: 'e.g. 172.28.0.1',
				},
				{
					displayName: 'Internal',
					name: 'internal',
					type: 'boolean',
					default: false,
					description: 'Whether containers in it have no way out of the host',
				},
				{
					displayName: 'IP Range',
					name: 'ipRange',
					type: 'string',
					default: '',
					placeholder: 'e.g. 172.28.0.128/25',
					description: 'The part of the subnet from which containers get their addresses',
				},
				{
					displayName: 'IPv6',
					name: 'ipv6',
					type: 'boolean',
					default: false,
					description: 'Whether containers in it get IPv6 addresses as well',
				},
				pairsField({
					displayName: 'Labels',
					name: 'labels',
					placeholder: 'Add label',
					description: 'Labels to mark the network with',
				}),
				{
					displayName: 'Subnet',
					name: 'subnet',
					type: 'string',
					default: '',
					placeholder: 'e.g. 172.28.0.0/24',
					description: 'When empty, the engine chooses one',
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { networks, signal }, itemIndex) {
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const definition = {
			name: asText(context.getNodeParameter('name', itemIndex)),
			driver: asText(options['driver']),
			internal: options['internal'] === true,
			attachable: options['attachable'] === true,
			ipv6: options['ipv6'] === true,
			subnet: asText(options['subnet']),
			gateway: asText(options['gateway']),
			ipRange: asText(options['ipRange']),
			labels: pairsOf(context, itemIndex, 'Labels', options['labels']),
			options: pairsOf(context, itemIndex, 'Driver Options', options['driverOptions']),
		};
		return [{ ...(await networks.create(definition, { dryRun: dryRunOf(options), signal })) }];
	},
};
