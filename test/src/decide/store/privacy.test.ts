import {
	anonymiseContact,
	eraseContact,
	exportContact,
	runRetention,
	setRetentionPolicy,
	storeMessages,
} from '../../../../src/chat';
import { decideStored, getDecision, giveFeedback, summariseReplay } from '../../../../src/decide';
import { message } from '../../chat/messages';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { modelOf, scripted } from '../model/models';
import { client, openDecidingDesk, type DecidingDesk } from './desk';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('decide-privacy');
});
afterAll(() => stand?.close());

const group = { id: '-9', kind: 'group' } as const;
const who = { identity: { platform: 'telegram', id: client.id } };
const answer = { outcome: 'reply', confidence: 0.9, reason: 'Zinaida asks', text: 'Dear Zinaida, tomorrow.' };

describe.each(transportNames)('over %s', (transport) => {
	let desk: DecidingDesk;

	beforeEach(async () => {
		desk = await openDecidingDesk(stand, transport);
	});

	/** Decides by a model that repeats the client's name. */
	const decided = async (fields: object): Promise<number> => {
		const messageId = await desk.receive(fields);
		const { state: _, ...model } = modelOf(scripted(answer).invoke);
		await decideStored(desk.store, { messageId }, { rules: { rules: [] }, model });
		await giveFeedback(desk.store, { messageId, by: 'Olga', comment: 'Zinaida Ivanova is right' });
		return messageId;
	};

	/** Everything that the tables of decisions say in this tenant. */
	const said = async (): Promise<string> => {
		const rows = await desk.sql(
			`select to_jsonb(d) as row from opsdesk.decisions d where tenant_id = $1
			union all select to_jsonb(f) from opsdesk.decision_feedback f where tenant_id = $1`,
			[desk.tenant],
		);
		return JSON.stringify(rows);
	};

	const zinaida = { ...client, name: 'Zinaida Ivanova' };

	test('erasing a person takes their decisions, and their name out of what was decided on others', async () => {
		await decided({ sender: zinaida, text: 'синий трактор' });
		await decided({ sender: zinaida, chat: group, text: 'жёлтый трактор' });
		const others = await decided({
			...{ chat: group, sender: { id: '88', name: 'Boris', kind: 'contact' } },
			text: 'Zinaida Ivanova says зелёный трактор',
		});
		await eraseContact(desk.store, who, {});
		expect(await desk.count('decisions')).toBe(1);
		expect(await desk.count('decision_feedback')).toBe(1);
		expect(await said()).not.toMatch(/zinaida|ivanova|синий|жёлтый/i);
		expect(await getDecision(desk.store, { messageId: others })).toMatchObject({
			text: 'Dear […], tomorrow.',
			decision: { outcome: 'reply' },
		});
	});

	test('of who is anonymised stays what was decided, without a word of theirs', async () => {
		const messageId = await decided({ sender: zinaida, text: 'синий трактор' });
		await anonymiseContact(desk.store, who, {});
		expect(await said()).not.toMatch(/zinaida|ivanova|трактор/i);
		expect(await getDecision(desk.store, { messageId })).toMatchObject({
			...{ text: null, target: null, hasWords: false },
			decision: { outcome: 'reply', decidedBy: 'model', answer: null, facts: {}, trace: [] },
		});
		expect(await summariseReplay(desk.store)).toMatchObject({ replayed: 0, withoutWords: 1 });
	});

	test('a message whose author was erased leaves no words in the decision on who has passed it on', async () => {
		await decided({ sender: zinaida, text: 'синий трактор' });
		const passedOn = await decided({
			...{ chat: group, sender: { id: '88', name: 'Boris', kind: 'contact' } },
			...{ text: 'синий трактор', forwardedFrom: { id: client.id, name: 'Zinaida Ivanova' } },
		});
		await eraseContact(desk.store, who, {});
		expect(await said()).not.toMatch(/трактор/);
		expect(await getDecision(desk.store, { messageId: passedOn })).toMatchObject({ hasWords: false });
	});

	test('with the message words go into no archive; the decision goes when the archive lets the message go', async () => {
		const sentAt = new Date(Date.now() - 100 * 24 * 60 * 60_000).toISOString();
		const messageId = await decided({ sender: zinaida, text: 'синий трактор', sentAt });
		await runRetention(desk.store, { dryRun: false });
		expect(await getDecision(desk.store, { messageId })).toMatchObject({
			...{ hasWords: false, target: null },
			decision: { outcome: 'reply' },
		});
		expect(await said()).not.toMatch(/трактор|tomorrow/);
		await setRetentionPolicy(desk.store, { messages: { keepDays: 10 }, archive: { keepDays: 20 } });
		await runRetention(desk.store, { dryRun: false });
		expect(await desk.count('decisions')).toBe(0);
	});

	test('a legal hold keeps decisions with their messages', async () => {
		const sentAt = new Date(Date.now() - 100 * 24 * 60 * 60_000).toISOString();
		await decided({ sender: zinaida, text: 'синий трактор', sentAt });
		await desk.sql(`insert into opsdesk.legal_holds (tenant_id, reason) values ($1, 'case')`, [desk.tenant]);
		await runRetention(desk.store, { dryRun: false });
		expect(await said()).toMatch(/трактор/);
		await expect(eraseContact(desk.store, who, {})).rejects.toMatchObject({ code: 'on_hold' });
	});

	test('the export of a person tells what was decided on their messages and why', async () => {
		await decided({ sender: zinaida, text: 'синий трактор' });
		const lines: string[] = [];
		for await (const line of exportContact(desk.store, who)) lines.push(line);
		const messages = lines.map((line) => JSON.parse(line) as { message?: object });
		expect(messages[1]?.message).toMatchObject({
			text: 'синий трактор',
			decisions: [
				{ outcome: 'reply', answer: answer.text, reasons: [{ code: 'no_rule' }, { code: 'model' }] },
			],
		});
	});

	test('decisions follow a group that becomes another one', async () => {
		const messageId = await decided({ chat: group, sender: zinaida, text: 'синий трактор' });
		await storeMessages(desk.store, [message({ chat: { id: '-1009', kind: 'group' } })]);
		await storeMessages(desk.store, [message({ chat: { id: '-1009', kind: 'group', formerId: group.id } })]);
		const { conversationId } = await getDecision(desk.store, { messageId });
		const [row] = await desk.sql<{ id: number }>(
			`select conversation_id::int as id from opsdesk.messages where id = $1`,
			[messageId],
		);
		expect(conversationId).toBe(row?.id);
	});
});
