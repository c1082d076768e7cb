import type { IExecuteFunctions } from 'n8n-workflow';

import type { SendDueOptions } from '../../../../src/channels';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { textOf } from '../../../shared/values';
import { wholeNumber } from '../../../../src/shared';
import { optionsOfItem, type Operation, type Session } from '../operation';
import {
	apiUrl,
	humanAgent,
	isTwilio,
	messagingService,
	platformOf,
	requestTimeout,
	wayOf,
} from '../platform';

export const sendDue: Operation = {
	description: forOperationsOf('outbox')(
		['sendDue'],
		[
			optionsOf([
				{
					displayName: 'Account',
					name: 'dueAccount',
					type: 'string',
					default: '',
					description:
						'Only what this bot, page or number sends; by default all of the platform, on Telegram that of the credential, and what names no bot while the store knows no other',
				},
				apiUrl,
				{
					displayName: 'For (Seconds)',
					name: 'forSeconds',
					type: 'number',
					typeOptions: { minValue: 0, maxValue: 600 },
					default: 10,
					description: 'For how long it waits for limits and retries that come next',
				},
				humanAgent,
				messagingService,
				{
					displayName: 'Parallel Requests',
					name: 'parallel',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 50 },
					default: 4,
					description: 'How many are under way at once; a crash leaves at most so many uncertain',
				},
				requestTimeout,
				{
					displayName: 'Take What Names No Bot',
					name: 'takesUnnamed',
					type: 'boolean',
					default: false,
					description:
						"Whether to send answers to n8n's own Telegram Trigger whose bot is not known also when the store knows several bots. Switch it on for the bot of that trigger alone.",
					displayOptions: { show: { '/platform': ['telegram'] } },
				},
			]),
		],
	),
	destructive: true,
	async execute(context, session, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const way = await wayOf(context, session, itemIndex, options);
		const store = await session.store();
		const within = {
			parallel: wholeNumber('Parallel Requests', options['parallel'] ?? 4, 1, 50),
			forMs: wholeNumber('For (Seconds)', options['forSeconds'] ?? 10, 0, 600) * 1000,
			signal: context.getExecutionCancelSignal(),
		};
		const reports = await allOf(
			servedBy(context, session, itemIndex, options, way.account).map(
				async (served) => await session.channels.sendDue(store, way.client, { ...within, ...served }),
			),
		);
		const settled = reports.flatMap((report) => report.settled);
		const uncertain = reports.flatMap((report) => report.uncertain);
		const timers = reports.flatMap((report) => report.timers);
		const retried = reports.reduce((sum, report) => sum + report.retried, 0);
		const pauses = reports.flatMap((report) => report.nextInMs ?? []);
		const numberOf = (state: string): number => settled.filter((entry) => entry.state === state).length;
		// What was said stays out of the run's data: only what has to be looked into is named, without its text.
		const named = ({
			id,
			key,
			platform,
			account,
			chatId,
			state,
			errorCode,
			error,
		}: (typeof settled)[number]) => ({
			...{ id, key, platform, account, chatId, state, errorCode, error },
		});
		return [
			{
				sent: numberOf('sent'),
				failed: numberOf('failed') + numberOf('dead'),
				uncertain: uncertain.length,
				retried,
				...(pauses.length > 0 && { nextInMs: Math.min(...pauses) }),
				toLookInto: [
					...settled.filter(({ state }) => state === 'failed' || state === 'dead'),
					...uncertain,
				].map(named),
				timers,
			},
		];
	},
};

/** What the chosen way serves: Twilio three platforms, and a bot what does not say which one it is of. */
function servedBy(
	context: IExecuteFunctions,
	{ channels }: Session,
	itemIndex: number,
	options: Record<string, unknown>,
	own: string | undefined,
): Array<Pick<SendDueOptions, 'platform' | 'account' | 'carrier' | 'onlyBot'>> {
	const chosen = textOf(options['dueAccount']);
	if (isTwilio(context, itemIndex))
		return (['sms', 'whatsapp', 'messenger'] as const).map((platform) => ({
			platform,
			account: chosen === undefined ? undefined : channels.twilioAccount(platform, chosen),
			...(platform !== 'sms' && { carrier: 'twilio' as const }),
		}));
	const platform = platformOf(context, itemIndex);
	if (chosen !== undefined || own === undefined) return [{ platform, account: chosen }];
	// What is no id is no token either: nothing of it is to stand in the store.
	const onlyBot = options['takesUnnamed'] === true || !/^\d+$/.test(own) ? undefined : own;
	return [
		{ platform, account: own },
		{ platform, account: 'default', onlyBot },
	];
}

/** All of them come to their end before a fault of one is told: what is under way is noted. */
async function allOf<Result>(works: Array<Promise<Result>>): Promise<Result[]> {
	await Promise.allSettled(works);
	return await Promise.all(works);
}
