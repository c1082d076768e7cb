import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { AppliedEvent, Metric, StoredTimer } from '../../../../src/sla';
import { instantParameter } from '../../../shared/date-time';
import { forOperationsOf, simplify } from '../../../shared/fields';
import { textOf } from '../../../shared/values';

export const forOperations = forOperationsOf('timer');

const metrics = [
	{ name: 'First Response', value: 'firstResponse', description: 'The first answer to a client' },
	{ name: 'Next Response', value: 'nextResponse', description: 'Each later answer' },
	{ name: 'Resolution', value: 'resolution', description: 'That the matter is settled' },
] as const satisfies readonly { name: string; value: Metric; description: string }[];

export const metric: INodeProperties = {
	displayName: 'Promise',
	name: 'metric',
	type: 'options',
	options: [...metrics],
	default: 'firstResponse',
	description: 'What is promised',
};

export const metricOf = (context: IExecuteFunctions, itemIndex: number): Metric =>
	context.getNodeParameter('metric', itemIndex, 'firstResponse') as Metric;

export const happenedAt: INodeProperties = {
	displayName: 'Happened At',
	name: 'at',
	type: 'dateTime',
	default: '',
	description: 'Empty: now. What lies more than a minute in the future is taken for now.',
};

/** @returns milliseconds since 1970 @throws NodeOperationError naming the field */
export const instantOf = (context: IExecuteFunctions, itemIndex: number, value: unknown): number =>
	(instantParameter(context, itemIndex, 'Happened At', value) ?? new Date()).getTime();

export const by: INodeProperties = {
	displayName: 'By',
	name: 'by',
	type: 'string',
	default: '',
	description: 'Who has done it, kept with the timer',
};

export const simplifyTimer: INodeProperties = simplify;

/** A timer without its inner state and without what is planned, unless all of it is asked for. */
export function shownTimer(timer: StoredTimer, options: Record<string, unknown>): object {
	if (options['simplify'] === false) return timer;
	const { state, steps, scheduleId, scheduleVersion, revision, ...rest } = timer;
	const pausedAt = state.pausedAtMs === null ? null : new Date(state.pausedAtMs).toISOString();
	return { ...rest, pausedAt };
}

export const shownChange = (
	{ timer, ...change }: AppliedEvent,
	options: Record<string, unknown>,
): object => ({ ...change, timer: timer && shownTimer(timer, options) });

export const byOf = (options: Record<string, unknown>): { by?: string } => {
	const given = textOf(options['by']);
	return given === undefined ? {} : { by: given };
};
