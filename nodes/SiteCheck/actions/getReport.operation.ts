import { NodeOperationError } from 'n8n-workflow';

import type { Report } from '../../../src/check';
import { wholeNumber } from '../../../src/shared';
import { asText } from '../../shared/values';
import { forOperations, options, optionsOf, type Call, type Operation } from './operation';
import { setsParameter, setsProperty } from './set';

export const getReport: Operation = {
	description: forOperations(
		['getReport'],
		[
			setsProperty,
			{
				displayName: 'Status Page',
				name: 'page',
				type: 'boolean',
				default: false,
				description:
					'Whether to add the report as one HTML page, in the field "html", for a webhook to answer with',
			},
			{
				displayName: 'Title',
				name: 'title',
				type: 'string',
				default: 'Status',
				description: 'Heading of the page',
				displayOptions: { show: { page: [true] } },
			},
			{
				displayName: 'Details',
				name: 'details',
				type: 'boolean',
				default: true,
				description:
					'Whether the page says what was found, which may name hosts and addresses, and who takes care of it. Switch it off on a page for everybody.',
				displayOptions: { show: { page: [true] } },
			},
			options([
				{
					displayName: 'Days',
					name: 'days',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 400 },
					default: 30,
					description: 'How many days back, the present one included',
				},
				{
					displayName: 'Outdated After (Minutes)',
					name: 'outdatedAfterMinutes',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 10_080 },
					default: 15,
					description:
						'After so long without a check a target counts as unknown. Without this option it depends on how often it is usually checked: two and a half times that, at least 15 minutes.',
				},
			]),
		],
	),
	async execute(call) {
		const { context, itemIndex, store } = call;
		const { getReport: read, joinReports, statusPage } = await import('../../../src/check/index.js');
		const { days = 30, outdatedAfterMinutes } = optionsOf(call);
		const limits = {
			days: wholeNumber('Days', days, 1, 400),
			...(outdatedAfterMinutes !== undefined && {
				outdatedAfterMs: wholeNumber('Outdated After', outdatedAfterMinutes, 1, 10_080) * 60_000,
			}),
		};
		const reports: Report[] = [];
		for (const set of await setsParameter(call)) reports.push(await read(store(), set, limits));
		if (reports.length === 0) throw nothingChecked(call);
		const report = joinReports(reports);
		if (context.getNodeParameter('page', itemIndex, false) !== true) return [{ json: { ...report } }];
		const title = asText(context.getNodeParameter('title', itemIndex, '')) || 'Status';
		const details = context.getNodeParameter('details', itemIndex, true) !== false;
		const html = await statusPage(report, { title, details, timeZone: context.getTimezone() });
		return [{ json: { ...report, html } }];
	},
};

function nothingChecked({ context, itemIndex }: Call): NodeOperationError {
	return new NodeOperationError(
		context.getNode(),
		'Nothing was checked yet, so there is nothing to report.',
		{
			itemIndex,
			description:
				'Make checks with Run Checks first. Where n8n has several workers they need one state folder.',
		},
	);
}
