import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { Operation } from '../operation';
import { acknowledge, claimDue, giveBack } from './due';
import { explain } from './explain.operation';
import { get } from './get.operation';
import { getMany } from './getMany.operation';
import { cancel, pause, reopen, resume, start, stop } from './happenings';
import { noteOccurrence } from './noteOccurrence.operation';
import { recompute } from './recompute.operation';

export const operations: Record<string, Operation> = {
	...{ acknowledge, cancel, claimDue, explain, get, getMany, giveBack, noteOccurrence },
	...{ pause, recompute, reopen, resume, start, stop },
};

export const description: INodeProperties[] = resourceDescription(
	'timer',
	operations,
	[
		{
			name: 'Acknowledge',
			value: 'acknowledge',
			action: 'Acknowledge claimed events',
			description: 'Say that somebody was told of events, so that they are not given out again',
		},
		{
			name: 'Cancel',
			value: 'cancel',
			action: 'Cancel timer',
			description: 'End a timer because nothing is owed any more',
		},
		{
			name: 'Claim Due',
			value: 'claimDue',
			action: 'Claim due events',
			description:
				'Take warnings, breaches and escalations that are due; SLA Timer Trigger does this by itself',
		},
		{
			name: 'Explain',
			value: 'explain',
			action: 'Explain timer',
			description: 'Tell each part of the time since the start, and whether it counted',
		},
		{ name: 'Get', value: 'get', action: 'Get timer', description: 'Get the timer of a conversation' },
		{
			name: 'Get Many',
			value: 'getMany',
			action: 'Get many timers',
			description: 'Get timers by state, deadline, assignee and team',
		},
		{
			name: 'Give Back',
			value: 'giveBack',
			action: 'Give claimed events back',
			description: 'Let events that nobody was told of be given out again at once',
		},
		{
			name: 'Note Occurrence',
			value: 'noteOccurrence',
			action: 'Note occurrence in a conversation',
			description:
				'Tell the timers of a message, a deletion or a change of status: starts, stops or pauses them',
		},
		{
			name: 'Pause',
			value: 'pause',
			action: 'Pause timer',
			description: 'Let working time pass without counting it',
		},
		{
			name: 'Recompute',
			value: 'recompute',
			action: 'Recompute timers',
			description: 'Plan open timers anew after hours, holidays or promises were changed',
		},
		{
			name: 'Reopen',
			value: 'reopen',
			action: 'Reopen timer',
			description: 'Begin a timer anew that was answered or cancelled; what was is kept',
		},
		{
			name: 'Resume',
			value: 'resume',
			action: 'Resume timer',
			description: 'Go on counting; the deadline moves by the working time paused',
		},
		{
			name: 'Start',
			value: 'start',
			action: 'Start timer',
			description: 'Begin a timer; one that runs keeps its start',
		},
		{
			name: 'Stop',
			value: 'stop',
			action: 'Stop timer',
			description: 'End a timer because the promise was kept: somebody has answered',
		},
	],
	'noteOccurrence',
);
