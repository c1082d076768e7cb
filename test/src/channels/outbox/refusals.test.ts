import { randomUUID } from 'node:crypto';
import { z } from 'zod';

import { setConsent, storeMessages } from '../../../../src/chat';
import {
	decideOutbox,
	enqueue,
	noteMembership,
	noteOptOut,
	permitted,
	replayOutbox,
	sendDue,
	setSendStop,
} from '../../../../src/channels/outbox';
import { parseMessage } from '../../../../src/chat';
import type { Store } from '../../../../src/store';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { account, entries, hand, send, to } from './stand';

let stand: Stand;
let cloud: TelegramCloud;
const { error } = TelegramCloud;

beforeAll(async () => {
	stand = await openStand('outbox-refusals');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

const inbound = (chatId: string, text: string, platform = 'telegram', id = `in-${text}`) => ({
	platform,
	account,
	id,
	chat: { id: chatId },
	sender: { id: chatId, name: 'Anna Example' },
	sentAt: new Date().toISOString(),
	text,
});

describe.each(transportNames)('what comes back from the platform over %s', (transport) => {
	let store: Store;
	let tenant: string;
	let chats = transport === 'supabase' ? 10_000 : 20_000;
	let chat: string;
	const texts = () => cloud.taken.filter(({ chatId }) => chatId === chat).map(({ text }) => text);
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
		chats += 1;
		chat = String(chats);
	});

	test('RT-11 429 with retry_after 3 is waited for at least 3 s; nothing is lost, nothing is doubled', async () => {
		cloud.script(chat, error(429, 'Too Many Requests: retry after 3', { retry_after: 3 }));
		await hand(store, chat, 'one', 'two');
		const arrivals = () => cloud.cloud.requests.filter(({ body }) => body['chat_id'] === chat);
		await send(store, cloud, { forMs: 10_000 });
		const [first, second] = arrivals();
		expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(3000);
		expect(texts()).toEqual(['one', 'two']);
		expect((await entries(store)).map(({ state, attempts }) => [state, attempts])).toEqual([
			['sent', 1],
			['sent', 1],
		]);
	});

	test('RT-13 403 blocked marks the contact, is not retried, and what follows is refused until the person writes again', async () => {
		await storeMessages(store, [inbound(chat, 'hello')]);
		cloud.script(chat, error(403, 'Forbidden: bot was blocked by the user'));
		await hand(store, chat, 'one', 'two');
		const { settled } = await send(store, cloud, { forMs: 1000 });
		expect(settled.map(({ state, errorCode }) => [state, errorCode])).toEqual([
			['failed', 'blocked'],
			['failed', 'blocked'],
		]);
		expect(cloud.cloud.requests.filter(({ body }) => body['chat_id'] === chat)).toHaveLength(1);
		const [marked] = await stand.supabase.exec(
			`select opsdesk.contact_json(c) #>> '{identities,0,sendStop}' as stop from opsdesk.contacts c where tenant_id = $1`,
			[tenant],
		);
		expect(marked).toEqual({ stop: 'blocked' });
		const message = { operation: 'message' as const, text: 'three' };
		expect(await enqueue(store, to(chat), message, { key: '3' })).toMatchObject({
			status: 'refused',
			reason: 'blocked',
		});
		await storeMessages(store, [inbound(chat, 'I am back')]);
		await enqueue(store, to(chat), message, { key: '3' });
		await send(store, cloud);
		expect(texts()).toEqual(['three']);
	});

	test('RT-13 who is put out of a group and let in again writes there, though nobody has written meanwhile', async () => {
		const group = `-${chat}`;
		cloud.script(group, error(403, 'Forbidden: bot was kicked from the supergroup chat'));
		await hand(store, group, 'alert');
		expect((await send(store, cloud)).settled).toMatchObject([{ state: 'failed', errorCode: 'blocked' }]);
		await hand(store, group, 'next alert');
		expect((await send(store, cloud)).settled).toMatchObject([{ state: 'sent' }]);
	});

	test('RT-13, RT-17 who may not be stored has written all the same: they may be answered, and have blocked nobody', async () => {
		const places = [
			{ platform: 'whatsapp' as const, chatId: chat },
			{ platform: 'telegram' as const, chatId: chat },
		];
		for (const { platform, chatId } of places) {
			const before = { ...inbound(chatId, 'hello', platform), sentAt: '2026-03-02T09:00:00Z' };
			const [stored] = await storeMessages(store, [before]);
			const said = { purpose: 'chat_storage' as const, granted: false, source: 'form' };
			await setConsent(store, { contactId: stored?.contactId ?? 0 }, said);
			const target = { ...to(chatId), platform };
			expect((await permitted(store, target)).sinceInboundMs).toBeGreaterThan(24 * 60 * 60_000);
			await setSendStop(store, target, 'blocked');
			expect(await storeMessages(store, [inbound(chatId, 'again', platform)])).toMatchObject([
				{ status: 'refused', reason: 'consent' },
			]);
			expect((await permitted(store, target)).sinceInboundMs).toBeLessThan(60_000);
			// That they want no messages is another thing.
			await setSendStop(store, target, 'opted_out');
			await storeMessages(store, [inbound(chatId, 'once more', platform)]);
			await expect(permitted(store, target)).rejects.toMatchObject({ code: 'opted_out' });
		}
		const [kept] = await stand.supabase.exec(
			`select string_agg(to_jsonb(c)::text, ' ') as rows from opsdesk.unkept_contacts c where tenant_id = $1`,
			[tenant],
		);
		expect(JSON.stringify(kept)).not.toContain(chat);
		const [named] = await stand.supabase.exec(
			`select count(*)::int as amount from opsdesk.messages where tenant_id = $1`,
			[tenant],
		);
		expect(named).toEqual({ amount: 2 });
	});

	test('RT-13 who lets the bot in again is written to, before they write', async () => {
		const event = { id: 'e', kind: 'membership' as const, platform: 'telegram' as const, account, raw: {} };
		const membership = { chatId: chat, member: { id: account }, to: 'member', own: true, reachable: true };
		await setSendStop(store, to(chat), 'blocked');
		for (const change of [{ own: false }, { reachable: false }]) {
			await noteMembership(store, { ...event, membership: { ...membership, ...change } });
			await expect(permitted(store, to(chat))).rejects.toMatchObject({ code: 'blocked' });
		}
		await noteMembership(store, { ...event, membership });
		expect(await permitted(store, to(chat))).toEqual({ sinceInboundMs: undefined });
		await setSendStop(store, to(chat), 'opted_out');
		await noteMembership(store, { ...event, membership });
		await expect(permitted(store, to(chat))).rejects.toMatchObject({ code: 'opted_out' });
	});

	test('RT-13 400 chat not found fails with the chat in its error', async () => {
		cloud.script(chat, error(400, 'Bad Request: chat not found'));
		await hand(store, chat, 'one');
		const { settled } = await send(store, cloud);
		expect(settled).toMatchObject([{ state: 'failed', errorCode: 'chat_not_found', attempts: 1 }]);
		expect(settled[0]?.error).toContain(chat);
	});

	test('RT-14 a group that became a supergroup is written to there, and its conversation goes on', async () => {
		const [former, now] = [`-${chat}`, `-100${chat}`];
		await storeMessages(store, [{ ...inbound(former, 'hello'), chat: { id: former, kind: 'group' } }]);
		cloud.script(
			former,
			error(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
				migrate_to_chat_id: Number(now),
			}),
		);
		await hand(store, former, 'one', 'two');
		await send(store, cloud, { forMs: 3000 });
		expect(cloud.taken.filter(({ chatId }) => chatId === now).map(({ text }) => text)).toEqual([
			'one',
			'two',
		]);
		const conversations = await stand.supabase.exec(
			`select count(distinct conversation_id)::int as amount, count(*)::int as messages from opsdesk.messages where tenant_id = $1`,
			[tenant],
		);
		expect(conversations).toEqual([{ amount: 1, messages: 3 }]);
	});

	test('a sent message is stored as outbound, once, and its text leaves the outbox', async () => {
		await hand(store, chat, 'one');
		await send(store, cloud);
		const rows = await stand.supabase.exec(
			`select m.direction, m.author, m.content from opsdesk.messages m where tenant_id = $1`,
			[tenant],
		);
		expect(rows).toEqual([{ direction: 'outbound', author: 'bot', content: 'one' }]);
		expect((await entries(store))[0]?.payload).toBeUndefined();
	});

	test('a connection that breaks before the answer leaves an uncertain entry, which a person settles', async () => {
		cloud.script(chat, 'cut');
		await hand(store, chat, 'one');
		const { uncertain } = await send(store, cloud);
		expect(uncertain).toMatchObject([{ state: 'uncertain', errorCode: 'outcome_unknown' }]);
		const id = uncertain[0]?.id ?? 0;
		expect(await decideOutbox(store, id, 'sent', '77')).toMatchObject({ state: 'sent', externalIds: ['77'] });
		await expect(decideOutbox(store, id, 'resend')).rejects.toMatchObject({ code: 'conflict' });
		await expect(decideOutbox(store, 999_999, 'resend')).rejects.toMatchObject({ code: 'not_found' });
		expect(texts()).toHaveLength(1);
		const rows = await stand.supabase.exec(
			`select direction, external_id, content from opsdesk.messages where tenant_id = $1`,
			[tenant],
		);
		expect(rows).toEqual([{ direction: 'outbound', external_id: '77', content: 'one' }]);
	});

	test('what was sent and could not be stored keeps its text until it is stored', async () => {
		const claimId = randomUUID();
		const call = (name: string, request: object) =>
			store.call(name, request, { answer: z.looseObject({}), repeatable: true });
		await hand(store, chat, 'one');
		await call('claim_outbox', { claimId, platform: 'telegram', limit: 1, leaseMs: 60_000 });
		const [entry] = await entries(store);
		const id = entry?.id ?? 0;
		const broken = { outcome: 'sent', externalIds: ['78'], messages: [{ platform: 'telegram' }] };
		await call('settle_outbox', { id, claimId, ...broken });
		expect(await entries(store)).toMatchObject([
			{ state: 'sent', errorCode: 'not_stored', payload: { text: 'one' } },
		]);
		expect((await decideOutbox(store, id, 'sent')).payload).toBeUndefined();
		const rows = await stand.supabase.exec(
			`select external_id, content from opsdesk.messages where tenant_id = $1`,
			[tenant],
		);
		expect(rows).toEqual([{ external_id: '78', content: 'one' }]);
	});

	test('a platform that is down is tried again and ends as a dead letter, which is sent when it is replayed', async () => {
		cloud.script(chat, error(503, 'Service Unavailable'));
		await enqueue(store, to(chat), { operation: 'message', text: 'one' }, { key: 'd', mostAttempts: 1 });
		const { settled } = await send(store, cloud);
		expect(settled).toMatchObject([{ state: 'dead', errorCode: 'unavailable' }]);
		expect(await replayOutbox(store, { errorCode: 'unauthorised' })).toEqual([]);
		expect(await replayOutbox(store)).toMatchObject([{ state: 'queued', attempts: 0 }]);
		await send(store, cloud);
		expect(texts()).toEqual(['one']);
	});

	test('the parts of a long text wait for one that is uncertain, and go with it when it is given up', async () => {
		const text = `${'a'.repeat(4000)} ${'b'.repeat(4000)} ${'c'.repeat(100)}`;
		cloud.script(chat, 'cut');
		const { ids } = await enqueue(store, to(chat), { operation: 'message', text }, { key: 'long' });
		expect(ids).toHaveLength(3);
		await send(store, cloud);
		expect((await entries(store)).map(({ state }) => state)).toEqual(['uncertain', 'queued', 'queued']);
		// What else is to be said there does not wait for them.
		await hand(store, chat, 'next');
		await send(store, cloud);
		expect(texts().at(-1)).toBe('next');
		await decideOutbox(store, ids[0] ?? 0, 'giveUp');
		expect((await entries(store)).map(({ state }) => state)).toEqual(['dead', 'dead', 'dead', 'sent']);
	});

	test('the same key once more is the same message, and another message under it is refused', async () => {
		const message = { operation: 'message' as const, text: 'one' };
		expect(await enqueue(store, to(chat), message, { key: 'k' })).toMatchObject({ status: 'queued' });
		expect(await enqueue(store, to(chat), message, { key: 'k' })).toMatchObject({ status: 'known' });
		await expect(enqueue(store, to(chat), { ...message, text: 'two' }, { key: 'k' })).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringContaining('"k"') as string,
		});
		await send(store, cloud);
		expect(await enqueue(store, to(chat), message, { key: 'k' })).toMatchObject({
			status: 'known',
			states: ['sent'],
		});
		expect(texts()).toEqual(['one']);
	});

	test('RT-19 STOP ends what is sent to a number, and START takes it back', async () => {
		const sms = { platform: 'sms' as const, account: '+15005550006', chatId: '+15005550111' };
		const from = (text: string) =>
			parseMessage({ ...inbound(sms.chatId, text, 'sms'), account: sms.account }, 0);
		expect(await noteOptOut(store, from('please stop it'))).toBeUndefined();
		expect(await noteOptOut(store, from(' Stop. '))).toMatchObject({ stopped: true, reason: 'opted_out' });
		const message = { operation: 'message' as const, text: 'offer' };
		expect(await enqueue(store, sms, message)).toMatchObject({ status: 'refused', reason: 'opted_out' });
		expect(await noteOptOut(store, from('START'))).toEqual({ stopped: false });
		expect(await enqueue(store, sms, message)).toMatchObject({ status: 'queued' });
		// What was handed in before is stopped as well.
		await setSendStop(store, sms, 'opted_out');
		const unused = { send: () => Promise.reject(new Error('Nothing is to be sent.')) };
		expect((await sendDue(store, unused, { platform: 'sms' })).settled).toMatchObject([
			{ state: 'failed', errorCode: 'opted_out' },
		]);
	});
});
