import type { IExecuteFunctions, INodeCredentialDescription, INodeProperties } from 'n8n-workflow';

const operationsThatLook = ['checkTarget', 'getMetrics', 'runChecks'];

/** The credentials that checks may need: name of the credential, label in the editor, what it is for. */
const kinds = [
	['aws', 'AWS', 'Backups in buckets of AWS'],
	['dockerApi', 'Docker', 'Containers, and the machine of the container engine'],
	['httpHeaderAuth', 'Header Auth', 'Web addresses with "authenticated"'],
	['n8nApi', 'n8n', 'Failed executions of an n8n'],
	['postgres', 'Postgres', 'Databases on a server with "authenticated"'],
	['redis', 'Redis', 'Redis on a server with "authenticated"'],
	['s3', 'S3', 'Backups in S3-compatible buckets'],
	['supabaseApi', 'Supabase', 'Projects of Supabase'],
] as const;

/** Most checks need none, so that none is shown before it is asked for. */
export const signInWith: INodeProperties = {
	displayName: 'Sign In With',
	name: 'signInWith',
	type: 'multiOptions',
	default: [],
	noDataExpression: true,
	description:
		'Credentials that the checks need; each chosen one is asked for above. Most checks need none. One that is missing makes its checks unknown, and they say so.',
	options: [
		...kinds.map(([value, name, description]) => ({ name, value, description })),
		// Were there a credential for each choice, n8n's editor would take the field for its own and hide it.
		{ name: 'None', value: 'none', description: 'No credential at all' },
	].sort((first, second) => first.name.localeCompare(second.name)),
	displayOptions: { show: { operation: operationsThatLook } },
};

export const credentials: INodeCredentialDescription[] = kinds.map(([name, displayName]) => ({
	...{ name, displayName, required: true },
	...(name === 'dockerApi' && { testedBy: 'dockerApiTest' }),
	displayOptions: { show: { signInWith: [name] } },
}));

/** Whether a credential is asked for and selected. Asking n8n for another one is an error of its own. */
export function isSelected(context: IExecuteFunctions, name: string): boolean {
	const { credentials: selected, parameters } = context.getNode();
	const chosen = parameters['signInWith'];
	return selected?.[name] !== undefined && Array.isArray(chosen) && (chosen as unknown[]).includes(name);
}
