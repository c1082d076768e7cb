import { NodeOperationError } from 'n8n-workflow';

import { wholeNumber } from '../../../src/shared';
import { isTool } from '../../shared/destructive';
import { asText } from '../../shared/values';
import { forOperations, options, optionsOf, type Call, type Operation } from './operation';
import { checkAccess } from './secrets';
import { allowPrivateProperty } from './tool-limits';

export const checkCertificates: Operation = {
	description: forOperations(
		['checkCertificates'],
		[
			{
				displayName: 'Hosts From',
				name: 'hostsFrom',
				type: 'options',
				default: 'list',
				options: [
					{
						name: 'Containers',
						value: 'containers',
						description:
							'By labels for Caddy and Traefik and variables for nginx-proxy; needs a Docker credential',
					},
					{ name: 'List', value: 'list', description: 'What stands in this node' },
					{
						name: 'Site Definition',
						value: 'definition',
						description: 'Domains of sites, and the hosts of their checks',
					},
				],
			},
			{
				displayName: 'Hosts',
				name: 'hosts',
				type: 'string',
				typeOptions: { rows: 4 },
				default: '',
				required: true,
				placeholder: 'e.g. shop.example.com, smtp://mail.example.com',
				description: 'Separated by commas or lines; with a port or a protocol if need be',
				displayOptions: { show: { hostsFrom: ['list'] } },
			},
			{
				displayName: 'Site Definition',
				name: 'sites',
				type: 'string',
				typeOptions: { rows: 12 },
				default: '',
				required: true,
				description: 'YAML or JSON, or an expression that gives a site or a list of sites',
				displayOptions: { show: { hostsFrom: ['definition'] } },
			},
			allowPrivateProperty,
			options([
				{
					displayName: 'Ask the CA',
					name: 'revocation',
					type: 'boolean',
					default: false,
					description: 'Whether to ask the CA if certificates are revoked',
				},
				{
					displayName: 'At the Same Time',
					name: 'concurrency',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 200 },
					default: 20,
					description: 'How many hosts are looked at at the same time',
				},
				{
					displayName: 'Each Address',
					name: 'eachAddress',
					type: 'boolean',
					default: false,
					description: 'Whether to look at every address of each host',
				},
				{
					displayName: 'Old Protocols',
					name: 'protocols',
					type: 'boolean',
					default: false,
					description: 'Whether it is a warning when a server takes TLS 1.0 or 1.1',
				},
				{
					displayName: 'Timeout (Seconds)',
					name: 'timeoutSeconds',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 120 },
					default: 10,
					description: 'For each host',
				},
				{
					displayName: 'Trusted CA',
					name: 'ca',
					type: 'string',
					typeOptions: { rows: 4 },
					default: '',
					description: 'PEM of CAs that are trusted in place of those of the system',
				},
				{
					displayName: 'Web Server',
					name: 'web',
					type: 'boolean',
					default: false,
					description: 'Whether to look at Strict-Transport-Security and redirects to https://',
				},
			]),
		],
	),
	async execute(call) {
		const { checkCertificates: check, parseTargets } = await import('../../../src/check/index.js');
		const { concurrency = 20, timeoutSeconds = 10, ca, ...looks } = optionsOf(call);
		const common = {
			ca: asText(ca) === '' ? undefined : asText(ca),
			timeoutMs: wholeNumber('Timeout', timeoutSeconds, 1, 120) * 1000,
			revocation: looks['revocation'] === true,
			eachAddress: looks['eachAddress'] === true,
			protocols: looks['protocols'] === true,
			web: looks['web'] === true,
			isPublicOnly: mayLookInside(call) ? undefined : true,
			signal: call.context.getExecutionCancelSignal(),
		};
		const targets = parseTargets(await hostsOf(call));
		const atOnce = wholeNumber('At the Same Time', concurrency, 1, 200);
		const reports = await check(
			targets.map((target) => ({ ...common, ...target })),
			atOnce,
		);
		return reports.map((report) => ({ json: { ...report } }));
	},
};

/** A model may look at public hosts only; read from the node itself, so that it cannot give itself the permission. */
function mayLookInside({ context }: Call): boolean {
	return !isTool(context) || context.getNode().parameters['allowPrivateAddresses'] === true;
}

async function hostsOf(call: Call): Promise<string[]> {
	const { context, itemIndex } = call;
	const from = asText(context.getNodeParameter('hostsFrom', itemIndex, 'list'));
	if (from === 'list') return asText(context.getNodeParameter('hosts', itemIndex, '')).split(/[\r\n,]+/);
	const { hostsOfLabels, hostsOfSite, hostVariables } = await import('../../../src/check/index.js');
	if (from === 'definition') {
		const { readCheckedSites } = await import('../../../src/shared/index.js');
		const sites = await readCheckedSites(context.getNodeParameter('sites', itemIndex, ''));
		return sites.flatMap(hostsOfSite);
	}
	const { Containers } = await import('../../../src/docker/index.js');
	const { engine, unusable } = await checkAccess(context, itemIndex);
	if (engine === undefined || !mayLookInside(call))
		throw new NodeOperationError(context.getNode(), 'The containers cannot be asked for their hosts.', {
			itemIndex,
			description:
				unusable?.docker ??
				'Select a Docker credential under "Sign In With". As a tool, also switch on "Allow Private Addresses".',
		});
	const signal = context.getExecutionCancelSignal();
	const containers = await new Containers(engine).labelsAndVariables(hostVariables, signal);
	return containers.flatMap(hostsOfLabels);
}
