import { z } from 'zod';

import { eraseContact } from '../../../../src/chat';
import { decideStored, type Invoke } from '../../../../src/decide';
import { Store, StoreError } from '../../../../src/store';
import { Failure } from '../../../../src/store/transport';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { modelOf } from '../model/models';
import { rule } from '../rules/sets';
import { client, openDecidingDesk, type DecidingDesk } from './desk';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('decide-recording');
});
afterAll(() => stand?.close());

type Fault = 'refused' | 'lost';

/** The same store over a way on which the recording of decisions fails so many times. */
function faulty({ store, tenant }: DecidingDesk, fault: Fault, times: number): Store {
	const failure = new Failure(new StoreError('unavailable', 'Broken off.', 'Try again.'), true, false);
	let left = times;
	const call = async (name: string, _tenant: string, request: object): Promise<unknown> => {
		const fails = name === 'record_decision' && left > 0;
		if (fails) left -= 1;
		if (fails && fault === 'refused') throw failure;
		const answer = await store.call(name, request, { answer: z.unknown(), repeatable: false });
		if (fails) throw failure;
		return answer;
	};
	return new Store({ schema: 'opsdesk', call, close: () => Promise.resolve() }, { tenant, attempts: 3 });
}

describe.each(transportNames)('over %s', (transport) => {
	let desk: DecidingDesk;

	beforeEach(async () => {
		desk = await openDecidingDesk(stand, transport);
	});

	test('ED-22: a decision that cannot be recorded fails the call, and nothing of it is there', async () => {
		const messageId = await desk.receive();
		await expect(decideStored(faulty(desk, 'refused', 99), { messageId })).rejects.toMatchObject({
			code: 'unavailable',
		});
		expect(await desk.count('decisions')).toBe(0);
		expect(await decideStored(desk.store, { messageId })).toMatchObject({ status: 'new' });
	});

	test('ED-22: when the answer of the recording is lost, the call finds its own decision and says that it is new', async () => {
		const messageId = await desk.receive();
		expect(await decideStored(faulty(desk, 'lost', 1), { messageId })).toMatchObject({ status: 'new' });
		expect(await decideStored(faulty(desk, 'lost', 1), { messageId }, { again: true })).toMatchObject({
			status: 'new',
			attempt: 2,
		});
		expect(await desk.count('decisions')).toBe(2);
	});

	test('ED-22: a message that is erased while it is decided on leaves no decision', async () => {
		const messageId = await desk.receive({ text: 'синий трактор' });
		const erasing: Invoke = async () => {
			const { id, ...identity } = { ...client, platform: 'telegram' };
			await eraseContact(desk.store, { identity: { id, platform: identity.platform } }, {});
			return JSON.stringify({ outcome: 'reply', confidence: 0.9, reason: 'asks', text: 'Yes.' });
		};
		const { state: _, ...model } = modelOf(erasing);
		await expect(
			decideStored(desk.store, { messageId }, { rules: { rules: [] }, model }),
		).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('erased') });
		expect(await desk.count('decisions')).toBe(0);
	});

	test('what a model writes that no database keeps is kept without it, and given back as it is kept', async () => {
		const messageId = await desk.receive({ text: 'синий трактор' });
		const text = 'Yes\u0000 and \ud83d no.';
		const { state: _, ...model } = modelOf(() =>
			Promise.resolve(JSON.stringify({ outcome: 'reply', confidence: 0.9, reason: 'asks', text })),
		);
		const decided = await decideStored(desk.store, { messageId }, { rules: { rules: [] }, model });
		expect(decided).toMatchObject({ text: 'Yes\u{FFFD} and \u{FFFD} no.', decision: { outcome: 'reply' } });
	});

	test('rules that cannot be used are refused by their field before anything is asked of the store', async () => {
		const messageId = await desk.receive();
		const bad = { rules: [rule('one', [{ ...rule('x', []), leftValue: 'message.nothing' } as never])] };
		await expect(decideStored(desk.store, { messageId }, { rules: bad })).rejects.toMatchObject({
			code: 'invalid_input',
		});
		expect(await desk.count('decision_rules')).toBe(0);
	});
});
