import { limit, limitParameter, returnAll } from '../../../shared/limit';
import type { Operation } from '../operation';
import { forOperations, projectsOf } from './common.descriptions';

export const getMany: Operation = {
	description: forOperations(['getMany'], [{ ...returnAll, default: true }, limit]),
	async execute(context, session, itemIndex) {
		const most = limitParameter(context, itemIndex);
		const found = await (await projectsOf(session)).list(session.signal);
		return found.slice(0, most).map((project) => ({ ...project }));
	},
};
