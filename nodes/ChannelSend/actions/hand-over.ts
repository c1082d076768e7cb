import { randomUUID } from 'node:crypto';

import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { wholeNumber, type Message } from '../../../src/shared';
import type { ContentInput } from '../../../src/channels';
import type { Store } from '../../../src/store';
import { instantParameter } from '../../shared/date-time';
import { runKey } from '../../shared/run-key';
import { asText, textOf } from '../../shared/values';
import { optionsOfItem, type Session } from './operation';
import {
	apiUrl,
	checkWay,
	humanAgent,
	messagingService,
	requestTimeout,
	shownOption,
	wayOf,
} from './platform';
import { answeredOf, type Answered } from './recipient';

export const sendThrough: INodeProperties = {
	displayName: 'Send Through',
	name: 'sendThrough',
	type: 'options',
	noDataExpression: true,
	options: [
		{
			name: 'Directly',
			value: 'directly',
			description: 'At once; limits are counted in this process of n8n alone',
		},
		{
			name: 'Directly, With the Store',
			value: 'store',
			description:
				'At once; limits are counted for all workers, opt-outs are kept to, and what was sent is stored',
		},
		{
			name: 'Outbox',
			value: 'outbox',
			description: 'Queued in the store, and sent once by Outbox: Send Due, also after a crash or an outage',
		},
	],
	default: 'directly',
};

const directly = shownOption({ '/sendThrough': ['directly', 'store'] });
const byOutbox = shownOption({ '/sendThrough': ['outbox'] });

/** Of every operation that sends something; each is shown where it changes something. */
export const handOverOptions: INodeProperties[] = [
	...[apiUrl, humanAgent, messagingService, requestTimeout].map(directly),
	directly({
		displayName: 'Wait at Most (Seconds)',
		name: 'waitAtMost',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 3600 },
		default: 60,
		description: 'How long it waits for limits',
	}),
	byOutbox({
		displayName: 'Message Key',
		name: 'key',
		type: 'string',
		default: '',
		placeholder: 'e.g. answer-{{ $json.eventId }}',
		description:
			'Names the message in the outbox: with the same key it is sent once, however often it is handed in. It stays for a month: no names in it, please.',
	}),
	byOutbox({
		displayName: 'Most Attempts',
		name: 'mostAttempts',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100 },
		default: 8,
		description: 'How often it is tried when the platform cannot be reached',
	}),
	byOutbox({
		displayName: 'Send At',
		name: 'sendAt',
		type: 'dateTime',
		default: '',
		description: 'When it is sent; by default as soon as it may',
	}),
	byOutbox({
		displayName: 'When Uncertain',
		name: 'whenUncertain',
		type: 'options',
		options: [
			{ name: 'Hold', value: 'hold', description: 'It is told once, and a person decides' },
			{ name: 'Resend', value: 'resend', description: 'It is sent once more, and may arrive twice' },
		],
		default: 'hold',
		description: 'What becomes of it when nobody knows whether it was sent',
	}),
].sort((one, other) => one.displayName.localeCompare(other.displayName));

/** Sends it the chosen way, or puts it into the outbox. @throws NodeOperationError; ChannelError; StoreError */
export async function handOver(
	context: IExecuteFunctions,
	session: Session,
	itemIndex: number,
	contentOf: (answered: Answered) => ContentInput,
): Promise<object[]> {
	const through = asText(context.getNodeParameter('sendThrough', itemIndex));
	const options = optionsOfItem(context, itemIndex);
	if (through === 'outbox') {
		const answered = await answeredOf(context, session, itemIndex);
		return [await enqueued(context, session, itemIndex, answered, contentOf(answered))];
	}
	const { channels } = session;
	const way = await wayOf(context, session, itemIndex, options);
	const answered = await answeredOf(context, session, itemIndex, way.account);
	checkWay(context, session, itemIndex, answered.target);
	const signal = context.getExecutionCancelSignal();
	const store = through === 'store' ? await session.store() : undefined;
	const waitS = wholeNumber('Wait at Most (Seconds)', options['waitAtMost'] ?? 60, 0, 3600);
	const within = { store, mostWaitMs: waitS * 1000, signal };
	const { messages, ...sent } = await channels
		.sendNow(way.client, answered.target, contentOf(answered), within)
		.catch(async (thrown: unknown) => {
			if (thrown instanceof channels.PartlySentError) await stored(session, store, thrown.sent.messages);
			throw thrown;
		});
	return [{ ...sent, status: 'sent', ...(await stored(session, store, messages)) }];
}

/** It was sent, which a fault of the store must not turn into a failure: it would be sent again. */
async function stored(
	session: Session,
	store: Store | undefined,
	messages: Message[],
): Promise<{ stored?: object[]; notStored?: string }> {
	if (store === undefined || messages.length === 0) return {};
	try {
		const { storeMessages } = await session.chat();
		const rows = await storeMessages(store, messages);
		return { stored: rows.map(({ id, status }) => ({ id, status })) };
	} catch (thrown) {
		return { notStored: String(thrown) };
	}
}

async function enqueued(
	context: IExecuteFunctions,
	{ channels, store }: Session,
	itemIndex: number,
	{ target }: Answered,
	content: ContentInput,
): Promise<object> {
	const options = optionsOfItem(context, itemIndex);
	const dueAt = instantParameter(context, itemIndex, 'Send At', options['sendAt']);
	const answer = await channels.enqueue(await store(), target, content, {
		key: textOf(options['key']) ?? ownKey(context, itemIndex),
		...(dueAt && { dueAt: dueAt.toISOString() }),
		whenUncertain: options['whenUncertain'] === 'resend' ? 'resend' : 'hold',
		mostAttempts: wholeNumber('Most Attempts', options['mostAttempts'] ?? 8, 1, 100),
	});
	const { platform, account, chatId } = channels.parseTarget(target);
	return { ...answer, platform, account, chatId };
}

/** A node that n8n tries again hands in the same message. */
function ownKey(context: IExecuteFunctions, itemIndex: number): string {
	return [runKey(context) ?? randomUUID(), itemIndex].join(' ');
}
