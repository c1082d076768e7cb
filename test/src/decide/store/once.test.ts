import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { execPath as nodePath } from 'node:process';
import { promisify } from 'node:util';

import { storeMessages } from '../../../../src/chat';
import { decideStored, getDecision, getDecisions, saveRules } from '../../../../src/decide';
import { message } from '../../chat/messages';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { rule } from '../rules/sets';
import { chat, client, openDecidingDesk, type DecidingDesk } from './desk';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('decide-once');
});
afterAll(() => stand?.close());

interface Told {
	messageId: number;
	id: number;
	isNew: boolean;
}

/** What a process of its own has decided. */
async function process(tenant: string, messages: number[]): Promise<Told[]> {
	const access = { postgres: { connectionString: stand.supabase.ownerUrl } };
	const { stdout } = await promisify(execFile)(nodePath, [
		...['--require', join(__dirname, '../../../support/typescript.cjs'), join(__dirname, 'decider.ts')],
		JSON.stringify({ access, tenant, messages }),
	]);
	return stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as Told);
}

const toPerson = { name: 'All to people', rules: [rule('all', [])] };
const ignoresAll = { rules: [rule('all', [], { outcome: 'ignore' as const })] };

describe.each(transportNames)('over %s', (transport) => {
	let desk: DecidingDesk;

	beforeEach(async () => {
		desk = await openDecidingDesk(stand, transport);
	});

	test('ED-21: the same message twice is one row with one id, and the second call says that it was known', async () => {
		const messageId = await desk.receive({ text: 'Where is my invoice?' });
		const first = await decideStored(desk.store, { messageId });
		const second = await decideStored(desk.store, { messageId });
		expect(first).toMatchObject({ status: 'new', messageId, isShadow: false, key: `decision-${first.id}` });
		expect(second).toEqual({ ...first, status: 'known' });
		expect(await desk.count('decisions')).toBe(1);
		expect(await getDecision(desk.store, { messageId })).toEqual(second);
		expect((await getDecisions(desk.store)).items).toEqual([second]);
	});

	test('deciding once more is done once where a call that is tried again is the same', async () => {
		const messageId = await desk.receive({ text: 'Where is my invoice?' });
		await decideStored(desk.store, { messageId });
		const oneMore = async (call: string) =>
			await decideStored(desk.store, { messageId }, { again: true, call });
		const second = await oneMore('execution 7, item 0');
		expect(second).toMatchObject({ status: 'new', attempt: 2 });
		expect(await oneMore('execution 7, item 0')).toEqual(second);
		expect(await oneMore('execution 8, item 0')).toMatchObject({ status: 'new', attempt: 3 });
		expect(await desk.count('decisions')).toBe(3);
	});

	test('ED-21: twelve calls at once over both transports are one row, and one of them has made it', async () => {
		const messageId = await desk.receive({ text: 'Where is my invoice?' });
		const stores = transportNames.map((name) => stand.open(name, { tenant: desk.tenant }));
		const decisions = await Promise.all(
			Array.from({ length: 12 }, (_, index) => decideStored(stores[index % 2] ?? desk.store, { messageId })),
		);
		expect(new Set(decisions.map(({ id }) => id)).size).toBe(1);
		expect(decisions.filter(({ status }) => status === 'new')).toHaveLength(1);
		expect(await desk.count('decisions')).toBe(1);
		expect(await desk.count('decision_rules')).toBe(1);
	});

	test('ED-21: named as its platform names it, it is the same message', async () => {
		const messageId = await desk.receive({ id: 'x1', text: 'Where is my invoice?' });
		const first = await decideStored(desk.store, { messageId });
		const name = { platform: 'telegram', account: 'helpbot', chatId: chat.id, externalId: 'x1' };
		expect(await decideStored(desk.store, name)).toMatchObject({ id: first.id, status: 'known' });
	});

	test('ED-21: other rules make another decision; the first one stays', async () => {
		const messageId = await desk.receive({ text: 'Where is my invoice?' });
		const one = await decideStored(desk.store, { messageId }, { rules: toPerson });
		const other = await decideStored(desk.store, { messageId }, { rules: ignoresAll });
		expect([one.decision.outcome, other.decision.outcome]).toEqual(['escalate', 'ignore']);
		expect(await decideStored(desk.store, { messageId }, { rules: toPerson })).toMatchObject({
			id: one.id,
			status: 'known',
		});
		expect(await desk.count('decisions')).toBe(2);
	});

	test('ED-21: an edit that says something else is decided anew, one that says the same is not', async () => {
		const messageId = await desk.receive({ id: 'x2', text: 'Thanks' });
		const first = await decideStored(desk.store, { messageId });
		const edit = async (text: string, minute: number): Promise<void> => {
			const edited = { ...message({ chat, sender: client }), event: 'edit' as const, id: 'x2', text };
			const editedAt = new Date(Date.UTC(2026, 1, 1, 10, minute)).toISOString();
			await storeMessages(desk.store, [{ ...edited, editedAt }]);
		};
		await edit('Thanks', 1);
		expect(await decideStored(desk.store, { messageId })).toMatchObject({ id: first.id, status: 'known' });
		await edit('Thanks, but where is my invoice?', 2);
		const second = await decideStored(desk.store, { messageId });
		expect(second).toMatchObject({ status: 'new', category: 'REQUEST' });
		expect(first.category).toBe('GRATITUDE');
		expect(await desk.count('decisions')).toBe(2);
	});

	test('asked for, it is decided once more as a decision of its own, with a key of its own', async () => {
		const messageId = await desk.receive({ text: 'Where is my invoice?' });
		const first = await decideStored(desk.store, { messageId });
		const again = await decideStored(desk.store, { messageId }, { again: true });
		expect(again).toMatchObject({ status: 'new', attempt: 2 });
		expect(again.key).not.toBe(first.key);
		expect(await decideStored(desk.store, { messageId })).toMatchObject({ id: again.id, status: 'known' });
		expect(await getDecision(desk.store, { id: first.id })).toMatchObject({ attempt: 1 });
	});

	test('ED-28: a message that was decided keeps its decision when the rules change meanwhile', async () => {
		const { version } = await saveRules(desk.store, toPerson);
		const messageId = await desk.receive({ text: 'Where is my invoice?' });
		const decided = await decideStored(desk.store, { messageId });
		expect(decided.decision).toMatchObject({
			outcome: 'escalate',
			rule: 'all',
			versions: { rules: version },
		});
		await saveRules(desk.store, ignoresAll);
		expect(await getDecision(desk.store, { messageId })).toMatchObject({
			id: decided.id,
			rulesNumber: 1,
			decision: { outcome: 'escalate', versions: { rules: version } },
		});
		const later = await decideStored(desk.store, { messageId: await desk.receive({ text: 'And mine?' }) });
		expect(later).toMatchObject({ rulesNumber: 2, decision: { outcome: 'ignore' } });
	});

	test('ED-27: a shadow is kept beside the decision, and counts nothing', async () => {
		const messageId = await desk.receive({ text: 'Where is my invoice?' });
		const shadow = await decideStored(desk.store, { messageId }, { shadow: true, rules: ignoresAll });
		expect(shadow).toMatchObject({ isShadow: true, decision: { outcome: 'ignore' } });
		const real = await decideStored(desk.store, { messageId });
		expect(real).toMatchObject({ isShadow: false, status: 'new' });
		expect(await getDecision(desk.store, { messageId })).toMatchObject({ id: real.id });
		expect((await getDecisions(desk.store, { isShadow: true })).items.map(({ id }) => id)).toEqual([
			shadow.id,
		]);
	});

	test('what is not there, was taken back or was sent by the desk itself is not decided on', async () => {
		await expect(decideStored(desk.store, { messageId: 999_999_999 })).rejects.toMatchObject({
			code: 'not_found',
		});
		const gone = await desk.receive();
		await desk.sql(`update opsdesk.messages set deleted_at = now() where id = $1`, [gone]);
		await expect(decideStored(desk.store, { messageId: gone })).rejects.toThrow('taken back');
		const own = await desk.receive({ direction: 'outbound', sender: { id: '1', kind: 'bot' } });
		await expect(decideStored(desk.store, { messageId: own })).rejects.toMatchObject({
			code: 'invalid_input',
		});
		expect(await desk.count('decisions')).toBe(0);
	});
});

test('ED-21: two processes that decide on the same 30 messages make one decision of each', async () => {
	const desk = await openDecidingDesk(stand, 'postgres');
	const messages: number[] = [];
	for (let turn = 0; turn < 30; turn += 1) messages.push(await desk.receive());
	const [one, other] = await Promise.all([process(desk.tenant, messages), process(desk.tenant, messages)]);
	expect(one?.map(({ id }) => id)).toEqual(other?.map(({ id }) => id));
	const made = [...(one ?? []), ...(other ?? [])].filter(({ isNew }) => isNew);
	expect(made.map(({ messageId }) => messageId).sort((a, b) => a - b)).toEqual(messages);
	expect(await desk.count('decisions')).toBe(30);
});
