import type { ProjectUpdateOptions } from '../../../../src/docker';
import { gracePeriod } from '../container/common.descriptions';
import { dryRun, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { updateFields } from '../update.fields';
import {
	forOperations,
	projectLocator,
	projectName,
	projectsOf,
	reportOf,
	whenNotComplete,
} from './common.descriptions';

const { drain, healthTimeout, pull, settle } = updateFields;

export const update: Operation = {
	description: forOperations(
		['update'],
		[projectLocator, whenNotComplete, optionsOf([drain, dryRun, gracePeriod, healthTimeout, pull, settle])],
	),
	destructive: true,
	async execute(context, session, itemIndex) {
		const projects = await projectsOf(session);
		const options = context.getNodeParameter('options', itemIndex, {}) as ProjectUpdateOptions;
		const { signal } = session;
		const result = await projects.update(projectName(context, itemIndex), { ...options, signal });
		return await reportOf(context, itemIndex, result);
	},
};
