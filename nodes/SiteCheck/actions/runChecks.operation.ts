import type { IExecuteFunctions, INodeExecutionData, IPairedItemData } from 'n8n-workflow';

import type { CheckRun, TargetFault } from '../../../src/check';
import { wholeNumber, type Check, type CheckedSite, type StateStore } from '../../../src/shared';
import { toNodeError } from '../../shared/node-error';
import { backupSitesOf, backupSitesProperty, backupStates } from './backups';
import { forOperations, options, optionsOf, type Call, type Operation } from './operation';
import { callerOf } from './caller';
import { checkAccess } from './secrets';
import { setParameter, setProperty } from './set';
import { timeZoneOf, timeZoneProperty } from './time-zone';
import { allowPrivateProperty, limitTool } from './tool-limits';

const example =
	'- name: Front page\n  type: http\n  url: https://shop.example.com/\n  contains: [Add to cart]';

export const runChecks: Pick<Operation, 'description'> = {
	description: forOperations(
		['runChecks'],
		[
			{
				displayName: 'Checks From',
				name: 'source',
				type: 'options',
				default: 'checks',
				options: [
					{ name: 'List of Checks', value: 'checks', description: 'What stands in this node' },
					{
						name: 'Site Definition',
						value: 'definition',
						description: 'All checks of the sites of a definition, as backups use it too',
					},
				],
			},
			{
				displayName: 'Checks',
				name: 'checks',
				type: 'string',
				typeOptions: { rows: 12 },
				default: '',
				required: true,
				placeholder: example,
				description:
					'YAML or JSON, or an expression that gives a list. Kinds and fields: <a href="https://github.com/n8n-nodes-opsdesk/n8n-nodes-opsdesk/blob/main/docs/checks.md">docs/checks.md</a>.',
				displayOptions: { show: { source: ['checks'] } },
			},
			{
				displayName: 'Site Definition',
				name: 'definition',
				type: 'string',
				typeOptions: { rows: 12 },
				default: '',
				required: true,
				description: 'YAML or JSON, or an expression that gives a site or a list of sites',
				displayOptions: { show: { source: ['definition'] } },
			},
			setProperty,
			allowPrivateProperty,
			{
				displayName: 'Alerts Count as Told',
				name: 'told',
				type: 'options',
				default: 'handedOut',
				options: [
					{
						name: 'When Confirmed',
						value: 'confirmed',
						description:
							'Each comes again until Confirm Alert says that it has reached everybody, so that none is lost',
					},
					{ name: 'When Handed Out', value: 'handedOut', description: 'Each comes once' },
				],
			},
			options([
				{
					displayName: 'At the Same Time',
					name: 'concurrency',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 500 },
					default: 50,
					description: 'How many targets are looked at at the same time',
				},
				backupSitesProperty,
				{
					displayName: 'Group Above',
					name: 'groupAbove',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 1000 },
					default: 5,
					description: 'When more troubles than this begin in one run, they are told in one message',
				},
				{
					displayName: 'Longest Run (Seconds)',
					name: 'longestRunSeconds',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 600 },
					default: 30,
					description:
						'After so long the alerts of what is known are handed out; what is still being looked at then is told by the next run',
				},
				{
					displayName: 'Maintenance Windows',
					name: 'maintenanceWindows',
					type: 'json',
					default: '[]',
					placeholder: 'e.g. [{"days": ["sun"], "from": "02:00", "to": "04:00"}]',
					description:
						'Of a list of checks: times in which nobody is told. Without timeZone they are meant in the time zone of the workflow. Sites have their own.',
				},
				{
					...timeZoneProperty,
					description:
						'Of times in messages, and of maintenance windows that name none; that of the workflow when empty',
				},
			]),
		],
	),
};

/** The items whose checks are made together. */
interface Batch {
	/** Of the first of them; its options hold. */
	call: Call;
	/** Numbers of all its items. */
	all: number[];
	/** Those of the items with a check, by its key. */
	items: Map<string, Set<number>>;
	checks: Check[];
	sites: CheckedSite[];
}

const newBatch = (call: Call): Batch => ({ call, all: [], items: new Map(), checks: [], sites: [] });

/**
 * Makes the checks of all items of a set in one run, each once: several items in a row are no several results in a row, and
 * what fails at the same time is told together.
 *
 * @throws NodeOperationError unless the node continues on fail
 */
export async function runChecksOfAllItems(
	context: IExecuteFunctions,
	store: () => StateStore,
): Promise<INodeExecutionData[][]> {
	const outputs: [INodeExecutionData[], INodeExecutionData[]] = [[], []];
	const fail = (thrown: unknown, items: number[]): void => {
		const [itemIndex = 0] = items;
		const error = toNodeError(context.getNode(), thrown, itemIndex);
		if (!context.continueOnFail()) throw error;
		const text = [error.message, error.description].filter(Boolean).join(' ');
		for (const item of items) outputs[0].push({ json: { error: text }, pairedItem: { item } });
	};
	const batches = new Map<string, Batch>();
	for (const [itemIndex] of context.getInputData().entries()) {
		try {
			const call = { context, itemIndex, store };
			const set = setParameter(call);
			const { checks, sites } = await definitionsOf(call);
			const batch = batches.get(set) ?? newBatch(call);
			batches.set(set, batch);
			batch.all.push(itemIndex);
			batch.checks.push(...checks);
			batch.sites.push(...sites);
			const keys = [
				...checks.map(({ name }) => name),
				...sites.flatMap(({ name, checks: own }) => own.map((check) => `${name}/${check.name}`)),
			];
			for (const key of keys) batch.items.set(key, (batch.items.get(key) ?? new Set()).add(itemIndex));
		} catch (thrown) {
			fail(thrown, [itemIndex]);
		}
	}
	// A set that takes long does not hold back the alerts of another.
	const runs = [...batches].map(([set, batch]) => ({ batch, done: runBatch(set, batch) }));
	await Promise.allSettled(runs.map(({ done }) => done));
	for (const { batch, done } of runs) {
		try {
			const { results, alerts, faults } = await done;
			for (const { keys, error } of faults)
				fail(error, [...new Set(keys.flatMap((key) => [...(batch.items.get(key) ?? batch.all)]))]);
			const pairs = (keys: string[]): IPairedItemData[] => {
				const items = new Set(keys.flatMap((key) => [...(batch.items.get(key) ?? batch.all)]));
				return [...items].map((item) => ({ item }));
			};
			for (const result of results) outputs[0].push({ json: { ...result }, pairedItem: pairs([result.key]) });
			for (const alert of alerts) {
				const keys = alert.notices.map(({ target }) => target);
				// One of what cannot be kept has no notices, and is a matter of all.
				const pairedItem = keys.length > 0 ? pairs(keys) : batch.all.map((item) => ({ item }));
				outputs[1].push({ json: { ...alert }, pairedItem });
			}
		} catch (thrown) {
			if (context.getExecutionCancelSignal()?.aborted) break;
			fail(thrown, batch.all);
		}
	}
	return outputs;
}

async function runBatch(
	set: string,
	{ call, checks, sites }: Batch,
): Promise<CheckRun & { faults: readonly TargetFault[] }> {
	const { context, itemIndex, store } = call;
	const {
		lookAt,
		parseMaintenance,
		runChecks: run,
		soundTargetsOf,
	} = await import('../../../src/check/index.js');
	const {
		concurrency = 50,
		groupAbove = 5,
		longestRunSeconds = 30,
		maintenanceWindows,
		backupSites,
	} = optionsOf(call);
	const field =
		context.getNodeParameter('source', itemIndex, 'checks') === 'definition' ? 'definition' : 'checks';
	const isPublicOnly = limitTool(call, [...checks, ...sites.flatMap((site) => site.checks)], field);
	const backedUp = await backupSitesOf(backupSites);
	const definitions = { checks, sites, backedUp, maintenance: parseMaintenance(maintenanceWindows) };
	const { targets, faults } = soundTargetsOf(definitions);
	const [fault] = faults;
	// A node that goes on makes the other checks; one that does not must not fail after it has made them.
	if (fault !== undefined && (targets.length === 0 || !context.continueOnFail())) throw fault.error;
	const made = await run({
		store: store(),
		set,
		caller: callerOf(context),
		targets,
		timeZone: timeZoneOf(call),
		concurrency: wholeNumber('At the Same Time', concurrency, 1, 500),
		groupAbove: wholeNumber('Group Above', groupAbove, 1, 1000),
		longestRunMs: wholeNumber('Longest Run', longestRunSeconds, 1, 600) * 1000,
		// Whoever tries the node in the editor during an outage must not keep the alert from the others.
		countAsTold:
			context.getMode() !== 'manual' &&
			context.getNodeParameter('told', itemIndex, 'handedOut') !== 'confirmed',
		signal: context.getExecutionCancelSignal(),
		context: {
			isPublicOnly,
			...(await checkAccess(context, itemIndex)),
			backups: backupStates(call, [...sites, ...backedUp]),
		},
		lookAt,
	});
	return { ...made, faults };
}

async function definitionsOf({
	context,
	itemIndex,
}: Call): Promise<{ checks: Check[]; sites: CheckedSite[] }> {
	const parameter = (name: string): unknown => context.getNodeParameter(name, itemIndex, '');
	if (parameter('source') === 'definition') {
		const { readCheckedSites } = await import('../../../src/shared/index.js');
		return { checks: [], sites: await readCheckedSites(parameter('definition')) };
	}
	const { readChecks } = await import('../../../src/check/index.js');
	return { checks: await readChecks(parameter('checks')), sites: [] };
}
