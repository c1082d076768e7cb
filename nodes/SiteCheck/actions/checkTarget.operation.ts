import type { IDataObject } from 'n8n-workflow';

import { asList, asText } from '../../shared/values';
import { backupSitesOf, backupStates } from './backups';
import { forOperations, options, optionsOf, type Call, type Operation } from './operation';
import { checkAccess } from './secrets';
import { targetFields } from './target.fields';
import { allowPrivateProperty, limitTool } from './tool-limits';

const types = [
	{
		name: 'Backups',
		value: 'backup',
		description: 'Whether the backups of a site are as young as it expects',
	},
	{
		name: 'Certificate',
		value: 'certificate',
		description: 'Whether the certificate of a server is valid, and for how long',
	},
	{ name: 'Container', value: 'container', description: 'Whether containers run and are healthy' },
	{ name: 'Container Engine', value: 'engine', description: 'Whether it answers' },
	{ name: 'DNS', value: 'dns', description: 'Whether a name is found' },
	{ name: 'HTTP', value: 'http', description: 'Whether a web address answers as it should' },
	{ name: 'Machine', value: 'host', description: 'How much of processor, memory or disk is taken' },
	{ name: 'N8n', value: 'n8n', description: 'Whether an n8n instance and its database are ready' },
	{ name: 'PostgreSQL', value: 'postgres', description: 'Whether a database works' },
	{ name: 'Redis', value: 'redis', description: 'Whether a Redis or Valkey server works' },
	{ name: 'Supabase', value: 'supabase', description: 'Whether the REST interface of a project answers' },
	{ name: 'TCP', value: 'tcp', description: 'Whether a port takes connections' },
];

export const checkTarget: Operation = {
	description: forOperations(
		['checkTarget'],
		[
			{
				displayName: 'Kind',
				name: 'type',
				type: 'options',
				noDataExpression: true,
				default: 'http',
				options: types,
			},
			allowPrivateProperty,
			...targetFields,
			options([
				{
					displayName: 'Timeout (Seconds)',
					name: 'timeoutSeconds',
					type: 'number',
					typeOptions: { minValue: 0.1, maxValue: 120 },
					default: 10,
					description: 'After so many seconds in all the check has failed',
				},
			]),
		],
	),
	async execute(call) {
		const { context, itemIndex } = call;
		const { lookAtTarget, parseChecks } = await import('../../../src/check/index.js');
		const [check] = parseChecks([definitionOf(call)]);
		if (check === undefined) return [];
		const isPublicOnly = limitTool(call, [check], 'url');
		const sites = check.type === 'backup' ? await backupSitesOf(parameter(call, 'backupSites')) : [];
		const result = await lookAtTarget(check, {
			isPublicOnly,
			...(await checkAccess(context, itemIndex)),
			backups: backupStates(call, sites),
			signal: context.getExecutionCancelSignal(),
		});
		return [{ json: { ...result } }];
	},
};

/** The check as a definition writes it; what is left empty is not given, so that its defaults hold. */
function definitionOf(call: Call): IDataObject {
	const type = asText(parameter(call, 'type'));
	const given = (...names: string[]): IDataObject => {
		const values = names
			.map((name) => [name, parameter(call, name)] as const)
			.filter(([, value]) => value !== '');
		return Object.fromEntries(values) as IDataObject;
	};
	const { timeoutSeconds } = optionsOf(call);
	const webOptions = groupOf(parameter(call, 'webOptions'));
	const common = { name: type, type, ...(timeoutSeconds !== undefined && { timeoutSeconds }) };
	switch (type) {
		case 'http':
			return { ...common, ...given('url'), ...webFields(webOptions) };
		case 'tcp':
			return { ...common, ...given('host', 'port') };
		case 'certificate':
			return {
				...common,
				...given('host', 'port', 'starttls'),
				...groupOf(parameter(call, 'certificateOptions')),
			};
		case 'dns':
			return { ...common, ...given('host', 'record', 'server'), expect: asList(parameter(call, 'expect')) };
		case 'postgres':
		case 'redis': {
			const database = type === 'postgres' ? given('database', 'user') : {};
			const place =
				parameter(call, 'place') === 'server' ? given('host', 'port', 'authenticated') : given('container');
			return { ...common, ...database, ...place };
		}
		case 'supabase':
			return { ...common, ...given('table') };
		case 'n8n':
			return { ...common, ...given('url') };
		case 'backup':
			return { ...common, ...given('site') };
		case 'container':
			return { ...common, ...given('container', 'project') };
		case 'host':
			return { ...common, ...given('measure', 'via', 'path', 'warning', 'critical') };
		default:
			return common;
	}
}

const parameter = ({ context, itemIndex }: Call, name: string): unknown =>
	context.getNodeParameter(name, itemIndex, '');

/** A collection; empty for whatever an expression gives in its place. */
const groupOf = (value: unknown): IDataObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/** The field knows only text: 200 may be meant as a number, and true as what is no text. */
function valuesOf(text: string): (string | number | boolean | null)[] {
	try {
		const value: unknown = JSON.parse(text);
		const isPlain = value === null || typeof value === 'number' || typeof value === 'boolean';
		return isPlain ? [text, value] : [text];
	} catch {
		return [text];
	}
}

function webFields(given: IDataObject): IDataObject {
	const { contains, containsNot, status, jsonPath, jsonEquals, slowAbove, ...others } = given;
	const one = (value: unknown): string[] => (asText(value) === '' ? [] : [asText(value)]);
	const statuses = asList(status).map((text) => (/^\d+$/.test(text) ? Number(text) : text));
	return {
		...others,
		...{ contains: one(contains), containsNot: one(containsNot) },
		...(statuses.length > 0 && { status: statuses }),
		...(asText(jsonPath) !== '' && {
			json: [
				{
					path: asText(jsonPath),
					...(asText(jsonEquals) !== '' && { equals: valuesOf(asText(jsonEquals)) }),
				},
			],
		}),
		...(slowAbove !== undefined && { responseTime: { warning: slowAbove } }),
	};
}
