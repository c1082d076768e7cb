import { itemOf } from '../../../nodes/ChannelTrigger/item';
import * as channels from '../../../src/channels';

const from = { id: '15005550006', name: 'Anna Example' };
const message = {
	...{ platform: 'sms', account: '15005550001', id: 'SM1', sentAt: '2026-03-02T09:00:00.000Z' },
	...{ chat: { id: from.id, title: 'Anna Example' }, sender: from },
};
const event = (text: string, more: object = {}): channels.ChannelEvent => ({
	...{ id: 'sms:1', kind: 'message', platform: 'sms', account: '15005550001', raw: { Body: text } },
	message: { ...message, text, ...more },
});

function refused(text: string, more: object = {}) {
	const stored = { status: 'refused' as const, reason: 'consent' };
	const { json } = itemOf({ event: event(text, more), stored, attempt: 1 }, { includesRaw: true }, channels);
	return json;
}

test('of a message that is refused an item says who wrote and where, and nothing of what', () => {
	const json = refused('My number is 42');
	expect(json).toMatchObject({ kind: 'message', message: { id: 'SM1', sender: { id: from.id } } });
	expect(JSON.stringify(json)).not.toMatch(/My number|Anna|Body/);
});

test('RT-19 STOP and START are heard of those whose messages are refused, too', () => {
	expect(refused(' Stop.')['message']).toMatchObject({
		...{ id: 'SM1', sentAt: message.sentAt, platform: 'sms', account: message.account, text: ' Stop.' },
		...{ chat: { id: from.id }, sender: { id: from.id } },
	});
	expect(refused('START')['message']).toMatchObject({ text: 'START' });
	expect(refused('STOP', { direction: 'outbound' })['message']).not.toHaveProperty('text');
	expect(refused('STOP', { platform: 'telegram' })['message']).not.toHaveProperty('text');
});
