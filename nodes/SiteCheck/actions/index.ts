import type { INodeProperties } from 'n8n-workflow';

import { allowDestructiveProperty } from '../../shared/destructive';
import { acknowledge } from './acknowledge.operation';
import { checkCertificates } from './checkCertificates.operation';
import { checkTarget } from './checkTarget.operation';
import { confirmAlert } from './confirmAlert.operation';
import { getMetrics } from './getMetrics.operation';
import { getReport } from './getReport.operation';
import { getUptime } from './getUptime.operation';
import type { Operation } from './operation';
import { runChecks } from './runChecks.operation';
import { signInFields } from './sign-in';
import { silence } from './silence.operation';
import { withdraw } from './withdraw.operation';

/** What is done for each item; Run Checks takes all of them at once. */
export const operations: Record<string, Operation> = {
	acknowledge,
	checkCertificates,
	checkTarget,
	confirmAlert,
	getMetrics,
	getReport,
	getUptime,
	silence,
	withdraw,
};

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Acknowledge',
				value: 'acknowledge',
				action: 'Acknowledge trouble',
				description: 'Say that somebody takes care: no reminders until the trouble ends or gets worse',
			},
			{
				name: 'Check Certificates',
				value: 'checkCertificates',
				action: 'Check certificates',
				description: 'Look at the certificates of many hosts once; nothing is remembered and nobody is told',
			},
			{
				name: 'Check Target',
				value: 'checkTarget',
				action: 'Check target',
				description: 'Look at one target once; nothing is remembered and nobody is told',
			},
			{
				name: 'Confirm Alert',
				value: 'confirmAlert',
				action: 'Confirm alert',
				description: 'Say what became of an alert of Run Checks, so that it is told once and none is lost',
			},
			{
				name: 'Get Metrics',
				value: 'getMetrics',
				action: 'Get metrics',
				description: 'What is known of the checks, as text for Prometheus',
			},
			{
				name: 'Get Report',
				value: 'getReport',
				action: 'Get report',
				description:
					'What is known of the checks, with uptime and response times, as data and as a status page',
			},
			{
				name: 'Get Uptime',
				value: 'getUptime',
				action: 'Get uptime',
				description: 'Uptime of each check and site over a month or another time, and the longest outages',
			},
			{
				name: 'Run Checks',
				value: 'runChecks',
				action: 'Run checks',
				description: 'Look at all targets of a list or of sites, and say what people are to be told',
			},
			{
				name: 'Silence',
				value: 'silence',
				action: 'Silence checks',
				description: 'Tell nothing of checks for a while, whatever they find',
			},
			{
				name: 'Withdraw',
				value: 'withdraw',
				action: 'Withdraw acknowledgement or silence',
				description: 'Take back what was acknowledged or silenced',
			},
		],
		default: 'runChecks',
	},
	...signInFields,
	...runChecks.description,
	allowDestructiveProperty(undefined, [
		'runChecks',
		...Object.keys(operations).filter((name) => operations[name]?.destructive),
	]),
	...Object.values(operations).flatMap((operation) => operation.description),
];
