import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import type { MarkOptions, MarkReport } from '../../../src/backup';
import { textOf } from '../../shared/values';
import { destinationOf } from './common.descriptions';
import { incomplete } from './incomplete';

/** The restore point that a mark is for, and where. */
export function markOptionsOf(context: IExecuteFunctions, itemIndex: number): MarkOptions {
	const restorePoint = textOf(context.getNodeParameter('restorePointId', itemIndex));
	if (restorePoint === undefined) {
		throw new NodeOperationError(context.getNode(), '"Restore Point" is empty.', {
			itemIndex,
			description: 'Give the ID of one, as List shows it.',
		});
	}
	const destination = destinationOf(context, itemIndex);
	return { restorePoint, ...(destination !== undefined && { destination }) };
}

/** @throws NodeOperationError when it was not done everywhere */
export function markedItem(context: IExecuteFunctions, itemIndex: number, report: MarkReport): IDataObject[] {
	if (report.ok) return [{ ...report }];
	const problems = report.destinations.flatMap(({ problem }) => problem ?? []);
	throw incomplete(context, itemIndex, report.site, report.message, problems, '');
}
