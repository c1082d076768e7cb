import { sideOf, type StoreVerdict } from '../../../../src/channels';

const message = {
	...{ platform: 'telegram', id: '1', chat: { id: '500' }, sender: { id: '77' }, text: 'Hello' },
	sentAt: '2026-03-02T10:00:00.000Z',
};
const edit = { event: 'edit', editedAt: '2026-03-02T10:01:00.000Z' } as const;
const stored: StoreVerdict = { status: 'created', id: 1, conversationId: 2 };

test.each([
	['a client', {}, {}, 'client'],
	['a client again, for the run may have been cut off', {}, { status: 'duplicate' }, 'client'],
	['a client who changes it', edit, { status: 'edited' }, 'client'],
	['one of the team', {}, { memberId: 5 }, 'team'],
	['the owner of the account', { direction: 'outbound' }, {}, 'team'],
	['one of the team who changes it', edit, { status: 'edited', memberId: 5 }, 'nobody'],
	['an operator at the desk', {}, { memberId: 5, isDesk: true }, 'desk'],
	['an operator who changes it', edit, { status: 'edited', isDesk: true }, 'desk'],
	['who takes it back', { event: 'delete' }, { status: 'deleted' }, 'nobody'],
	['nobody: somebody has joined the group', { type: 'service' }, {}, 'nobody'],
	['who takes it back, told twice', { event: 'delete' }, { status: 'duplicate' }, 'nobody'],
	['somebody who has joined the operators', { type: 'service' }, { isDesk: true }, 'nobody'],
	[
		'a conversation that is not kept any more',
		{},
		{ status: 'duplicate', conversationId: undefined },
		'nobody',
	],
	['who has refused it in a conversation that is kept', {}, { status: 'refused' }, 'nobody'],
	['a client whose message could not be stored', {}, { status: 'failed' }, 'nobody'],
	['who has refused that it is kept', {}, { status: 'refused', conversationId: undefined }, 'nobody'],
	['who wants no more SMS', { platform: 'sms', text: 'STOP' }, {}, 'optOut'],
	[
		'who wants no more SMS and is not stored',
		{ platform: 'sms', text: 'Stop' },
		{ status: 'refused' },
		'optOut',
	],
] as const)('what comes from %s', (_, more, verdict, side) => {
	expect(sideOf({ ...message, ...more }, { ...stored, ...verdict })).toBe(side);
});
