import { storeMessages } from '../../../../src/chat';
import {
	activateRules,
	decideStored,
	openHandover,
	saveDesk,
	saveRules,
	takeOver,
	type Invoke,
	type ModelUse,
} from '../../../../src/decide';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { message } from '../../chat/messages';
import { good, modelOf } from '../model/models';
import { rule } from '../rules/sets';
import { chat, client, openDecidingDesk, type DecidingDesk } from './desk';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('decide-stale');
});
afterAll(() => stand?.close());

const noRules = { rules: [] };
const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

/** A model that answers the client, and while it thinks something else happens. */
function thinking(meanwhile: (call: number) => Promise<unknown>): {
	model: Omit<ModelUse, 'state'>;
	calls: () => number;
} {
	let calls = 0;
	const invoke: Invoke = async () => {
		calls += 1;
		await meanwhile(calls);
		return JSON.stringify(good);
	};
	const { state: _, ...model } = modelOf(invoke, { limits: { timeoutMs: 60_000, deadlineMs: 120_000 } });
	return { model, calls: () => calls };
}

describe.each(transportNames)('over %s', (transport) => {
	let desk: DecidingDesk;
	let messageId: number;

	beforeEach(async () => {
		desk = await openDecidingDesk(stand, transport);
		messageId = await desk.receive({ id: 'x1', text: 'синий трактор', sentAt: minutesAgo(5) });
	});

	test('ED-24: an operator who takes the conversation while the model thinks is not talked over', async () => {
		await saveDesk(desk.store, { platform: 'telegram', account: 'helpbot', chatId: '-7000' });
		const { model, calls } = thinking(async () => {
			const { handoverId } = await openHandover(desk.store, { messageId, reason: 'a question' });
			await takeOver(desk.store, { handoverId, by: 'Olga' });
		});
		const decided = await decideStored(desk.store, { messageId }, { rules: noRules, model });
		expect(decided).toMatchObject({
			...{ status: 'new', text: null },
			decision: { outcome: 'ignore', reasons: [{ code: 'person_answers' }] },
		});
		expect(decided.tokens).toBeGreaterThan(0);
		expect(calls()).toBe(1);
		expect(await desk.count('decisions')).toBe(1);
	});

	test('ED-24: a colleague who answers in the chat while the model thinks is not talked over', async () => {
		await desk.colleague('Olga', 'm1');
		const { model } = thinking(() =>
			desk.receive({ sender: { id: 'm1', kind: 'contact' }, sentAt: minutesAgo(1) }),
		);
		const decided = await decideStored(desk.store, { messageId }, { rules: noRules, model });
		expect(decided).toMatchObject({ status: 'new', text: null, decision: { outcome: 'ignore' } });
		expect(await desk.count('decisions')).toBe(1);
	});

	test('an edit that comes while the model thinks is what is decided on', async () => {
		const { model } = thinking(async (call) => {
			if (call > 1) return;
			const edited = { ...message({ chat, sender: client }), event: 'edit' as const, id: 'x1' };
			const words = { text: 'зелёный трактор', editedAt: minutesAgo(1) };
			await storeMessages(desk.store, [{ ...edited, ...words }]);
		});
		const decided = await decideStored(desk.store, { messageId }, { rules: noRules, model });
		const [row] = await desk.sql<{ text: string }>(
			`select input #>> '{facts,message.original}' as text from opsdesk.decisions where id = $1`,
			[decided.id],
		);
		expect(row?.text).toBe('зелёный трактор');
		expect(await decideStored(desk.store, { messageId }, { rules: noRules })).toMatchObject({
			...{ id: decided.id, status: 'known' },
		});
		expect(await desk.count('decisions')).toBe(1);
	});

	test('what changes each time is decided by rules alone the third time, and what the model has cost is kept', async () => {
		const edit = async (call: number): Promise<void> => {
			const edited = { ...message({ chat, sender: client }), event: 'edit' as const, id: 'x1' };
			const words = { text: `трактор ${call}`, editedAt: new Date(Date.now() + call).toISOString() };
			await storeMessages(desk.store, [{ ...edited, ...words }]);
		};
		const once = thinking(() => Promise.resolve());
		const other = await desk.receive({ text: 'красный трактор', sentAt: minutesAgo(5) });
		const usual = await decideStored(desk.store, { messageId: other }, { rules: noRules, model: once.model });
		const { model, calls } = thinking(edit);
		const decided = await decideStored(desk.store, { messageId }, { rules: noRules, model });
		expect(calls()).toBe(2);
		expect(decided).toMatchObject({ status: 'new', text: null, decision: { outcome: 'escalate' } });
		expect(decided.decision.decidedBy).not.toBe('model');
		expect(decided.tokens).toBeGreaterThan(usual.tokens);
		const [row] = await desk.sql<{ text: string }>(
			`select input #>> '{facts,message.original}' as text from opsdesk.decisions where id = $1`,
			[decided.id],
		);
		expect(row?.text).toBe('трактор 2');
	});

	test('what changes a third time is no decision, and the caller is told to try again', async () => {
		let number = 0;
		const restless: Store = Object.create(desk.store, {
			call: {
				value: async (...call: Parameters<Store['call']>) => {
					if (call[0] === 'record_decision') {
						number += 1;
						const edited = { ...message({ chat, sender: client }), event: 'edit' as const, id: 'x1' };
						const editedAt = new Date(Date.now() + number).toISOString();
						await storeMessages(desk.store, [{ ...edited, text: `трактор ${number}`, editedAt }]);
					}
					return await desk.store.call(...call);
				},
			},
		});
		await expect(decideStored(restless, { messageId }, { rules: noRules })).rejects.toMatchObject({
			code: 'conflict',
		});
		expect(number).toBe(3);
		expect(await desk.count('decisions')).toBe(0);
	});

	test('a message that is taken back while the model thinks leaves no decision', async () => {
		const { model } = thinking(() =>
			desk.sql('update opsdesk.messages set deleted_at = now() where id = $1', [messageId]),
		);
		await expect(decideStored(desk.store, { messageId }, { rules: noRules, model })).rejects.toMatchObject({
			...{ code: 'not_found', message: expect.stringContaining('taken back') },
		});
		expect(await desk.count('decisions')).toBe(0);
	});

	test('ED-21: a message that comes again after other rules became active keeps its decision, also when both come at once', async () => {
		const toPerson = await saveRules(desk.store, { rules: [rule('all', [])] });
		const first = await decideStored(desk.store, { messageId });
		await saveRules(desk.store, { rules: [rule('all', [], { outcome: 'ignore' })] });
		expect(await decideStored(desk.store, { messageId })).toEqual({ ...first, status: 'known' });
		const other = await desk.receive({ text: 'зелёный трактор' });
		const { model } = thinking(async () => {
			await activateRules(desk.store, toPerson.version);
			await decideStored(desk.store, { messageId: other });
		});
		await saveRules(desk.store, { rules: [] });
		expect(await decideStored(desk.store, { messageId: other }, { model })).toMatchObject({
			...{ status: 'known', decision: { outcome: 'escalate', rule: 'all' } },
		});
		expect(await desk.count('decisions')).toBe(2);
	});
});
