import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { HealOptions, HealReport, HealResult } from '../../../../src/docker';
import { n8nStateFolder, StateError } from '../../../../src/shared';
import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { containerLocator, containerReference, forOperations } from './common.descriptions';
import { containerFilters, filterParameters } from './filters';

const seconds = (displayName: string, name: string, of: Partial<INodeProperties>): INodeProperties => ({
	displayName,
	name,
	type: 'number',
	default: 0,
	...of,
});

const options = [
	seconds('Back-Off (Seconds)', 'backoffSeconds', {
		typeOptions: { minValue: 1, maxValue: 3600 },
		default: 10,
		description: 'Wait after the first restart; doubled with each further one, up to 5 minutes',
	}),
	dryRun,
	{
		displayName: 'Include Uneventful Containers',
		name: 'includeUneventful',
		type: 'boolean',
		default: false,
		description: 'Whether to give an item also for each container of which there is nothing to tell',
	},
	{
		displayName: 'Maintenance Windows',
		name: 'maintenanceWindows',
		type: 'json',
		default: '[]',
		placeholder: 'e.g. [{"days": ["sun"], "from": "02:00", "to": "04:00"}]',
		description:
			'Times in which nothing is healed: each week with days, from and to, or once with start and end. Without timeZone they are meant in the time zone of the workflow.',
	},
	seconds('Most Restarts', 'maxRestarts', {
		typeOptions: { minValue: 0, maxValue: 100 },
		default: 3,
		description: 'Restarts within the window before a container is put into quarantine; 0 only tells',
	}),
	{
		displayName: 'Release From Quarantine',
		name: 'release',
		type: 'boolean',
		default: false,
		description: 'Whether containers in quarantine are let out of it first',
	},
	seconds('Settle Time (Seconds)', 'settleSeconds', {
		typeOptions: { minValue: 0, maxValue: 600 },
		default: 10,
		description: 'How long a container must keep running after a restart before it counts as running',
	}),
	seconds('Wait for Next Attempt (Seconds)', 'patienceSeconds', {
		typeOptions: { minValue: 0, maxValue: 3600 },
		default: 60,
		description: 'How long this run waits for the next attempt where a restart did not help',
	}),
	seconds('Window (Minutes)', 'windowMinutes', {
		typeOptions: { minValue: 1, maxValue: 10_080 },
		default: 10,
		description: 'Time in which restarts are counted',
	}),
] satisfies INodeProperties[];

export const heal: Operation = {
	description: forOperations(
		['heal'],
		[
			{
				displayName: 'Containers',
				name: 'scope',
				type: 'options',
				default: 'many',
				options: [
					{ name: 'All That Fit', value: 'many', description: 'Every container the filters fit' },
					{ name: 'One', value: 'one', description: 'One container, and what must be restarted with it' },
				],
			},
			{ ...containerLocator, displayOptions: { show: { scope: ['one'] } } },
			{ ...containerFilters, displayOptions: { show: { scope: ['many'] } } },
			optionsOf(options),
		],
	),
	destructive: true,
	async execute(context, { connection, signal }, itemIndex) {
		const { healContainers } = await import('../../../../src/docker/index.js');
		const { containersInUse, recoverContainers } = await import('../../../../src/backup/index.js');
		const stateFolder = n8nStateFolder();
		const given: IDataObject = context.getNodeParameter('options', itemIndex, {});
		const healing = await healingOptions(context, itemIndex, given);
		const backups = { docker: connection, stateFolder, ...(signal && { signal }) };
		// What a backup that was killed has left stopped looks as if a person had stopped it.
		const left = healing.dryRun ? [] : (await recoverContainers(backups)).recovered;
		let unreadable: StateError | undefined;
		const holds = await containersInUse(backups).catch((thrown: unknown) => {
			if (!(thrown instanceof StateError)) throw thrown;
			unreadable = thrown;
			return [{ id: '*', reason: 'nobody can tell what backups hold now' }];
		});
		const report = await healContainers(connection, {
			...healing,
			...{ stateFolder, signal },
			holds: holds.map(({ id, reason }) => ({ container: id, reason })),
		});
		// What was to be told once is told all the same.
		const problem = report.problem ?? (unreadable && unreadableJournal(unreadable, healing.dryRun !== true));
		const told = report.results.filter(
			(result) => given['includeUneventful'] === true || result.isWorthTelling,
		);
		return [
			...left
				.filter(({ ok }) => !ok)
				.map(({ site, message }) => troubleItem(site, 'left_by_backup', message, true)),
			...report.updates.map(({ name, message, alert, changed }) => ({
				...troubleItem(name, 'left_by_update', message, alert),
				changed,
			})),
			...(problem ? [problemItem(problem)] : []),
			...told.map(asItem),
		];
	},
};

async function healingOptions(
	context: IExecuteFunctions,
	itemIndex: number,
	given: IDataObject,
): Promise<
	Pick<
		HealOptions,
		'container' | 'filter' | 'policy' | 'windows' | 'timeZone' | 'release' | 'dryRun' | 'patienceMs'
	>
> {
	const { parsePolicy, parseWindows } = await import('../../../../src/docker/index.js');
	const { wholeNumber } = await import('../../../../src/shared/index.js');
	const patience = given['patienceSeconds'] ?? 60;
	return {
		...(context.getNodeParameter('scope', itemIndex, 'many') === 'one'
			? { container: containerReference(context, itemIndex) }
			: { filter: filterParameters(context, itemIndex) }),
		policy: parsePolicy(given),
		windows: parseWindows(fromJson(given['maintenanceWindows'])),
		timeZone: context.getTimezone(),
		release: given['release'] === true,
		dryRun: dryRunOf(given),
		patienceMs: wholeNumber('Wait for Next Attempt', patience, 0, 3600) * 1000,
	};
}

/** A field for JSON holds a text, and an expression in it gives the value itself. */
function fromJson(value: unknown): unknown {
	if (value === undefined || value === null || value === '') return [];
	if (typeof value !== 'string') return value;
	try {
		return JSON.parse(value);
	} catch {
		return value;
	}
}

function asItem({ isWorthTelling: _, ...result }: HealResult & { isWorthTelling: boolean }): IDataObject {
	return { ...result };
}

function problemItem({ reason, message, remedy, alert }: NonNullable<HealReport['problem']>): IDataObject {
	return troubleItem('', reason, `${message} ${remedy}`, alert);
}

function unreadableJournal(
	{ message, remedy }: StateError,
	alert: boolean,
): NonNullable<HealReport['problem']> {
	return { reason: 'state_unusable', message: `${message} Nothing was healed.`, remedy, alert };
}

/** Trouble that is not that of one container. */
function troubleItem(name: string, reason: string, message: string, alert: boolean): IDataObject {
	const none = { alert, alertKind: reason, resolved: false, attempt: 0, nextAttemptAt: null };
	return {
		...{ name, condition: 'unknown', decision: 'leave', reason, message, ...none },
		...{ quarantined: false, changed: false },
	};
}
