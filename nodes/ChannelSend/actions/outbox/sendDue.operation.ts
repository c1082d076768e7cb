import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { textOf } from '../../../shared/values';
import { wholeNumber } from '../../../../src/shared';
import { optionsOfItem, type Operation } from '../operation';
import { apiUrl, messagingService, platformOf, requestTimeout, wayOf } from '../platform';

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
						'Only what this bot, page or number sends; by default all of the platform, on Telegram that of the credential',
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
				{
					displayName: 'Human Agent',
					name: 'humanAgent',
					type: 'boolean',
					default: false,
					description: 'Whether a person answers within seven days, on Messenger and Instagram',
				},
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
			]),
		],
	),
	destructive: true,
	async execute(context, session, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const way = await wayOf(context, session, itemIndex, options);
		const { settled, uncertain, retried, nextInMs } = await session.channels.sendDue(
			await session.store(),
			way.client,
			{
				platform: platformOf(context, itemIndex),
				account: textOf(options['dueAccount']) ?? way.account,
				parallel: wholeNumber('Parallel Requests', options['parallel'] ?? 4, 1, 50),
				forMs: wholeNumber('For (Seconds)', options['forSeconds'] ?? 10, 0, 600) * 1000,
				signal: context.getExecutionCancelSignal(),
			},
		);
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
				...(nextInMs !== undefined && { nextInMs }),
				toLookInto: [
					...settled.filter(({ state }) => state === 'failed' || state === 'dead'),
					...uncertain,
				].map(named),
			},
		];
	},
};
