import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import type { ComposeProjects, ProjectOptions, ProjectResult } from '../../../../src/docker';
import { gracePeriod } from '../container/common.descriptions';
import { dryRun, forOperationsOf, optionsOf } from '../../../shared/fields';
import type { Operation, Session } from '../operation';
import { reportOrError, updateFields } from '../update.fields';

/** Shows the properties only for the given operations on Compose projects. */
export const forOperations = forOperationsOf('composeProject');

export const projectLocator: INodeProperties = {
	displayName: 'Project',
	name: 'project',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'A project is known by the labels of its containers; no Compose file is read',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchProjects', searchable: true },
		},
		{
			displayName: 'By Name',
			name: 'name',
			type: 'string',
			placeholder: 'e.g. shop',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: '^[a-zA-Z0-9][a-zA-Z0-9_.-]*$',
						errorMessage: 'A name holds letters, digits, "_", "." and "-" only',
					},
				},
			],
		},
	],
};

export const whenNotComplete = reportOrError(
	'When Not Complete',
	'whenNotComplete',
	'a container is not as asked for',
);

/** What the user chose as project. */
export function projectName(context: IExecuteFunctions, itemIndex: number): string {
	const value: unknown = context.getNodeParameter('project', itemIndex, '', { extractValue: true });
	if (typeof value === 'string') return value;
	if (typeof value === 'number') return String(value);
	throw new NodeOperationError(context.getNode(), '"Project" is not a name.', {
		itemIndex,
		description: 'See what the expression in that field gives for this item.',
	});
}

/** The projects the credential covers. */
export async function projectsOf({ connection }: Session): Promise<ComposeProjects> {
	const docker = await import('../../../../src/docker/index.js');
	return new docker.ComposeProjects(connection);
}

/** An item that tells the whole outcome, or an error where it is not complete and no report is wanted. */
export async function reportOf(context: IExecuteFunctions, itemIndex: number, result: ProjectResult) {
	const { refuseIncomplete } = await import('../../../../src/docker/index.js');
	if (context.getNodeParameter('whenNotComplete', itemIndex, 'error') !== 'report') refuseIncomplete(result);
	return [{ ...result }];
}

/** An operation that changes the state of all containers of a project, in their order. */
export function projectOperation(action: 'start' | 'stop' | 'restart'): Operation {
	const waits = action === 'stop' ? [] : [updateFields.healthTimeout];
	const grace = action === 'start' ? [] : [gracePeriod];
	return {
		description: forOperations(
			[action],
			[projectLocator, whenNotComplete, optionsOf([dryRun, ...grace, ...waits])],
		),
		destructive: action !== 'start',
		async execute(context, session, itemIndex) {
			const projects = await projectsOf(session);
			const options = context.getNodeParameter('options', itemIndex, {}) as ProjectOptions;
			const { signal } = session;
			const result = await projects[action](projectName(context, itemIndex), { ...options, signal });
			return await reportOf(context, itemIndex, result);
		},
	};
}
