import {
	NodeOperationError,
	type IExecuteFunctions,
	type IHookFunctions,
	type ILoadOptionsFunctions,
	type INodeProperties,
	type ITriggerFunctions,
	type IWebhookFunctions,
} from 'n8n-workflow';

import { OpsdeskError } from '../../../src/shared';
import type * as StoreArea from '../../../src/store';
import { postgresFields } from '../postgres-credential';
import { asText } from '../values';

/** Which store is meant, and for whom. */
export interface StoreSettings {
	tenant: string;
	schema: string;
	timeoutMs: number;
}

const usual = { tenant: 'default', schema: 'opsdesk', timeoutSeconds: 30 };

export const authentication: INodeProperties = {
	displayName: 'Authentication',
	name: 'authentication',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Supabase', value: 'supabaseApi' },
		{ name: 'Postgres', value: 'postgres' },
	],
	default: 'supabaseApi',
	description: 'Over the interface of Supabase, or straight to a PostgreSQL database',
};

export const storeOptions: INodeProperties = {
	displayName: 'Store Options',
	name: 'store',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	description: 'Only needed when the store is not where it usually is, or keeps several tenants',
	options: [
		{
			displayName: 'Schema Name',
			name: 'schema',
			type: 'string',
			default: 'opsdesk',
			description: 'The database schema that the store was installed in',
		},
		{
			displayName: 'Tenant',
			name: 'tenant',
			type: 'string',
			default: 'default',
			description: 'The client whose messages these are; nothing of one tenant is seen by another',
		},
		{
			displayName: 'Timeout (Seconds)',
			name: 'timeoutSeconds',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 300 },
			default: 30,
			description: 'How long to wait for one answer of the database',
		},
	],
};

/** @throws NodeOperationError */
export function settingsOf(context: IExecuteFunctions, itemIndex: number): StoreSettings {
	return readSettings(context.getNodeParameter('store', itemIndex, {}), (field, what) => {
		throw new NodeOperationError(context.getNode(), `"${field}" ${what}.`, {
			itemIndex,
			description: 'Correct it under "Store Options", or remove it there.',
		});
	});
}

/** Where a trigger runs, which has no items. */
export type TriggerFunctions = ITriggerFunctions | IWebhookFunctions | IHookFunctions;

/** Those of a trigger, which has no items. @throws OpsdeskError `invalid_input` */
export function settingsOfTrigger(context: TriggerFunctions): StoreSettings {
	return readSettings(context.getNodeParameter('store', {}), (field, what) => {
		throw new OpsdeskError(
			'invalid_input',
			`"${field}" ${what}.`,
			'Correct it under "Store Options", or remove it there.',
		);
	});
}

/** As the editor knows them while a list is shown, expressions without items resolved. */
export function settingsOfEditor(context: ILoadOptionsFunctions): StoreSettings {
	return readSettings(context.getCurrentNodeParameter('store') ?? {}, (field, what) => {
		throw new NodeOperationError(context.getNode(), `"${field}" ${what}.`);
	});
}

function readSettings(given: unknown, refuse: (field: string, what: string) => never): StoreSettings {
	const fields = { ...usual, ...(given as Record<string, unknown>) };
	const seconds = Number(fields.timeoutSeconds);
	if (!(seconds >= 1 && seconds <= 300)) refuse('Timeout (Seconds)', 'is not a number from 1 to 300');
	const tenant = asText(fields.tenant);
	if (tenant === '') refuse('Tenant', 'is empty');
	return { tenant, schema: asText(fields.schema) || usual.schema, timeoutMs: seconds * 1000 };
}

/** Where the selected credential leads. @throws StoreError, NodeOperationError */
export async function storeAccess(
	context: IExecuteFunctions | ILoadOptionsFunctions | TriggerFunctions,
	{ schema }: Pick<StoreSettings, 'schema'>,
	itemIndex = 0,
): Promise<StoreArea.StoreAccess> {
	const kind: unknown = context.getNode().parameters['authentication'] ?? authentication.default;
	if (kind === 'postgres')
		return { schema, postgres: postgresFields(await context.getCredentials('postgres', itemIndex)) };
	const { host, serviceRole } = await context.getCredentials('supabaseApi', itemIndex);
	return { schema, supabase: { url: asText(host), key: asText(serviceRole) } };
}

/** What tells a database and schema from others; nothing of it is secret. */
export function placeOf(access: StoreArea.StoreAccess): string {
	const { schema = usual.schema } = access;
	if ('supabase' in access) return JSON.stringify([access.supabase.url, schema]);
	const { host, port, database } = access.postgres;
	return JSON.stringify([host, port, database, schema]);
}

/** The stores that one run of the node needs, each opened once. */
export class OpenStores {
	private readonly stores = new Map<string, StoreArea.Store>();

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly area: Pick<typeof StoreArea, 'openStore'>,
	) {}

	async of(settings: StoreSettings, itemIndex: number): Promise<StoreArea.Store> {
		const key = JSON.stringify(settings);
		const known = this.stores.get(key);
		if (known) return known;
		const access = await storeAccess(this.context, settings, itemIndex);
		const store = this.area.openStore(access, { tenant: settings.tenant, timeoutMs: settings.timeoutMs });
		this.stores.set(key, store);
		return store;
	}

	async close(): Promise<void> {
		await Promise.all([...this.stores.values()].map(async (store) => await store.close()));
	}
}
