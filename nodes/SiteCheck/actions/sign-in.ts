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

// Were there a credential for each choice, n8n's editor would take the field for its own and hide it.
const none = { name: 'None', value: 'none', description: 'No credential at all' };

const choice = ([value, name, description]: (typeof kinds)[number]) => ({ name, value, description });

/** Most checks need none, so that none is shown before it is asked for. */
const signInWith: INodeProperties = {
	displayName: 'Sign In With',
	name: 'signInWith',
	type: 'multiOptions',
	default: [],
	noDataExpression: true,
	description:
		'Credentials that the checks need; each chosen one is asked for above. Most checks need none. One that is missing makes its checks unknown, and they say so.',
	options: [...kinds.map(choice), none].sort((first, second) => first.name.localeCompare(second.name)),
	displayOptions: { show: { operation: operationsThatLook } },
};

export const signInFields: INodeProperties[] = [
	signInWith,
	{
		...signInWith,
		default: ['dockerApi'],
		description: 'The credential of the engine whose containers are asked for their hosts',
		options: [...kinds.filter(([name]) => name === 'dockerApi').map(choice), none],
		displayOptions: { show: { operation: ['checkCertificates'], hostsFrom: ['containers'] } },
	},
];

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
