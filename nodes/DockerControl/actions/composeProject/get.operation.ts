import type { Operation } from '../operation';
import { forOperations, projectLocator, projectName, projectsOf } from './common.descriptions';

export const get: Operation = {
	description: forOperations(['get'], [projectLocator]),
	async execute(context, session, itemIndex) {
		const projects = await projectsOf(session);
		return [{ ...(await projects.get(projectName(context, itemIndex), session.signal)) }];
	},
};
