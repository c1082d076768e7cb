import type { IDataObject } from 'n8n-workflow';

import type { AuditOptions } from '../../../../src/docker';
import { asList } from '../../../shared/values';
import { containerFilters, filterParameters } from '../container/filters';
import { optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';

export const audit: Operation = {
	description: forOperations(
		['audit'],
		[
			{
				displayName: 'Output',
				name: 'output',
				type: 'options',
				default: 'findings',
				options: [
					{
						name: 'One Item for All',
						value: 'summary',
						description: 'With all findings and how many there are of each severity',
					},
					{ name: 'One Item per Finding', value: 'findings', description: 'None when there is none' },
				],
			},
			containerFilters,
			optionsOf([
				{
					displayName: 'Least Severity',
					name: 'leastSeverity',
					type: 'options',
					default: 'warning',
					options: [
						{ name: 'Critical', value: 'critical' },
						{ name: 'Info', value: 'info' },
						{ name: 'Warning', value: 'warning' },
					],
				},
				{
					displayName: 'Skip',
					name: 'skip',
					type: 'string',
					default: '',
					placeholder: 'e.g. latest_tag, runs_as_root',
					description:
						'Codes that are not looked for, separated by commas. For a single container, the label opsdesk.audit.ignore holds them.',
				},
			]),
		],
	),
	async execute(context, { connection, signal }, itemIndex) {
		const { audit: look, severities } = await import('../../../../src/docker/index.js');
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const { findings, containers } = await look(connection, {
			filter: filterParameters(context, itemIndex),
			skip: asList(options['skip']),
			leastSeverity: options['leastSeverity'] as AuditOptions['leastSeverity'],
			signal,
		});
		if (context.getNodeParameter('output', itemIndex) === 'findings') {
			return findings.map((finding): IDataObject => ({ ...finding }));
		}
		const counts = severities.map((severity) => [
			severity,
			findings.filter((finding) => finding.severity === severity).length,
		]);
		return [{ containers: containers.length, ...Object.fromEntries(counts), findings }];
	},
};
