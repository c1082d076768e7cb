import { enqueue, setSendStop } from '../../src/channels';
import { saveRules, type RuleSetInput } from '../../src/decide';
import { saveMember, saveTemplate } from '../../src/store';
import { TelegramCloud } from '../support/channels/telegram-cloud';
import { poll } from '../support/n8n/poll';
import { sharedN8n } from '../support/n8n/shared';
import { nodeOf } from './backing-up';
import { HelpDesk } from './help-desk';

type Rule = NonNullable<RuleSetInput['rules']>[number];
const contains = (word: string): NonNullable<Rule['when']> => ({
	combinator: 'and',
	options: { caseSensitive: false, typeValidation: 'loose', version: 2 },
	conditions: [
		{ leftValue: 'message.text', rightValue: word, operator: { type: 'string', operation: 'contains' } },
	],
});
const rules: RuleSetInput = {
	rules: [
		{ id: 'angry', when: contains('terrible'), outcome: 'escalate', template: 'lost' },
		{ id: 'hours', when: contains('opening hours'), outcome: 'reply', template: 'lost' },
		{ id: 'catalogue', when: contains('catalogue'), outcome: 'reply', template: 'soon' },
		{ id: 'bye', when: contains('goodbye'), outcome: 'ignore' },
	],
	otherwise: { outcome: 'escalate' },
};
const olga = { id: 77, name: 'Olga' };
let desk: HelpDesk;

beforeAll(async () => {
	desk = await HelpDesk.open(sharedN8n(), 'route-messages-unsent', {
		change: (key, workflow) => {
			if (key === 'route-messages')
				for (const name of ['Carry it out', 'Tell the timers'])
					Object.assign(nodeOf(workflow, name), { waitBetweenTries: 50 });
			if (key !== 'relay-operator-replies') return;
			const node = nodeOf(workflow, 'Answer the client');
			// What says this is nothing that the outbox takes.
			const text = "={{ $json.text.includes('Lost') ? '' : $json.text }}";
			Object.assign(node, { parameters: { ...node.parameters, text }, waitBetweenTries: 50 });
		},
	});
	const identities = [{ platform: 'telegram', id: String(olga.id) }];
	await saveMember(desk.store, { email: 'olga@example.com' }, { name: 'Olga', role: 'observer', identities });
	await saveTemplate(desk.store, { template: 'lost' }, { content: 'Lost on the way, {{name}}.' });
	await saveTemplate(desk.store, { template: 'soon' }, { content: 'It is on its way.' });
	await saveRules(desk.store, rules);
});

afterAll(async () => {
	await desk?.close();
});

/** Another message has the key of what is decided next, so the outbox does not take its answer. */
async function occupyNextKey(): Promise<void> {
	const sql = 'select max(id)::int as id from opsdesk.decisions';
	const [last] = await desk.stand.supabase.exec<{ id: number | null }>(sql);
	const elsewhere = { platform: 'telegram', account: desk.account, chatId: '1' } as const;
	const later = { dueAt: new Date(Date.now() + 3_600_000).toISOString() };
	const key = `decision-${(last?.id ?? 0) + 1}`;
	await enqueue(desk.store, elsewhere, { operation: 'message', text: 'Something else' }, { key, ...later });
}

test('a complaint is at the desk and its timer runs although what the client should hear cannot be handed in', async () => {
	await occupyNextKey();
	await desk.write({ chatId: 31, text: 'This is terrible' });
	await desk.until(desk.desk, 'This is terrible');
	await desk.untilTimer('This is terrible', 'running');
	const alert = await desk.alert('An answer to a client could not be sent');
	expect(JSON.stringify(alert)).not.toMatch(/terrible|Lost/);
	expect(desk.sent(31)).toEqual([]);
});

test('an answer that the outbox does not take goes to the desk as a draft, and the timer runs', async () => {
	await occupyNextKey();
	await desk.write({ chatId: 32, text: 'What are your opening hours?' });
	const card = await desk.until(desk.desk, 'What are your opening hours?');
	expect(desk.sent(desk.desk).join('\n')).toContain('Lost on the way, Anna.');
	await desk.untilTimer('What are your opening hours?', 'running');
	await desk.write({ chatId: desk.desk, from: olga, text: 'From nine to six.', replyTo: card });
	await desk.until(32, 'From nine to six.');
	await desk.untilTimer('What are your opening hours?', 'answered');
});

test('an operator’s answer that is not handed in is told at the desk, and the timer goes on', async () => {
	await desk.write({ chatId: 33, text: 'Where is my parcel?' });
	const card = await desk.until(desk.desk, 'Where is my parcel?');
	await desk.write({ chatId: desk.desk, from: olga, text: 'Lost, sorry', replyTo: card });
	await desk.until(desk.desk, 'Not sent: your answer.');
	expect((await desk.timer('Where is my parcel?'))?.status).toBe('running');

	const chat = { platform: 'telegram', account: desk.account, chatId: '33' } as const;
	await setSendStop(desk.store, chat, 'opted_out');
	const told = desk.sent(desk.desk).length;
	await desk.write({ chatId: desk.desk, from: olga, text: 'It comes today', replyTo: card });
	await poll(20_000, () => Promise.resolve(desk.sent(desk.desk).length > told ? true : undefined));
	expect(desk.sent(desk.desk).slice(told)).toEqual([expect.stringMatching(/^Not sent/)]);
	expect((await desk.timer('Where is my parcel?'))?.status).toBe('running');
	expect(desk.sent(33)).toEqual([]);
});

test('an answer that the platform refuses goes to the desk as a draft and starts the timer, which only an answer that was sent stops', async () => {
	const refused = TelegramCloud.error(400, 'Bad Request: chat not found');
	desk.cloud.script('35', refused, refused);
	await desk.write({ chatId: 35, text: 'May I have the catalogue?' });
	const card = await desk.until(desk.desk, "Eva's answer was not delivered");
	expect(desk.sent(desk.desk).at(-1)).toMatch(/May I have the catalogue\?[^]*Draft:\nIt is on its way\./);
	await desk.untilTimer('May I have the catalogue?', 'running');
	await desk.write({ chatId: desk.desk, from: olga, text: 'Of course', replyTo: card });
	const told = await desk.until(desk.desk, 'Not delivered: your answer');
	expect((await desk.timer('May I have the catalogue?'))?.status).toBe('running');
	await desk.write({ chatId: desk.desk, from: olga, text: 'Of course!', replyTo: told });
	await desk.until(35, 'Of course!');
	await desk.untilTimer('May I have the catalogue?', 'answered');
});

test('what a client changes is decided on anew, and the desk reads it; an operator’s edit is told', async () => {
	const first = await desk.write({ chatId: 34, text: 'Goodbye then' });
	const ignored = "select 1 from opsdesk.decisions where outcome = 'ignore'";
	await poll(20_000, async () => {
		const rows = (await desk.stand.supabase.exec(ignored)) as unknown[];
		return rows.length > 0 ? true : undefined;
	});
	await desk.write({ chatId: 34, text: 'Goodbye, but where is the refund? Terrible!', edits: first });
	const words = 'where is the refund? Terrible!';
	const card = await desk.until(desk.desk, words);
	await desk.write({ chatId: 34, text: 'My account is <b>2</b> now', edits: first });
	await desk.until(desk.desk, 'The client has changed a message. It says now:\nMy account is');

	const answer = await desk.write({ chatId: desk.desk, from: olga, text: 'Tomorow', replyTo: card });
	await desk.until(34, 'Tomorow');
	await desk.write({ chatId: desk.desk, from: olga, text: 'Tomorrow', replyTo: card, edits: answer });
	await desk.until(desk.desk, 'not changed by an edit');
	expect(desk.sent(34)).toEqual(['Lost on the way, Anna.', 'Tomorow']);
});

/** What is done while the store keeps a function from n8n, as a half-done change of its rights does. */
async function without(name: string, work: () => Promise<void>): Promise<void> {
	const right = `execute on function opsdesk.${name}(text, jsonb)`;
	await desk.stand.supabase.exec(`revoke ${right} from service_role`);
	try {
		await work();
	} finally {
		await desk.stand.supabase.exec(`grant ${right} to service_role`);
	}
}

test('messages that cannot be brought to people are an alert each, which names its own, and their timers run', async () => {
	const texts = new Map([36, 37, 38, 39].map((chatId) => [chatId, `Terrible thing ${chatId}`]));
	texts.set(38, 'Goodbye for now');
	const alerts = () =>
		desk.alerts.filter(({ title }) => title === 'A message could not be handed over to people');
	await without('open_handover', async () => {
		await Promise.all([...texts].map(([chatId, text]) => desk.write({ chatId, text })));
		for (const [chatId, text] of texts) if (chatId !== 38) await desk.untilTimer(text, 'running');
		await poll(20_000, () => Promise.resolve(alerts().length === 3 ? true : undefined));
	});
	const sql = `select format('Conversation %s, message %s of the store.', conversation_id, id) as place
		from opsdesk.messages where content like 'Terrible thing%' order by id`;
	const places = await desk.stand.supabase.exec<{ place: string }>(sql);
	expect(alerts().map(({ message }) => message.slice(0, message.indexOf('.') + 1))).toEqual(
		expect.arrayContaining(places.map(({ place }) => place)),
	);
	expect(alerts()).toHaveLength(places.length);
	for (const { severity, message } of alerts()) {
		expect(severity).toBe('critical');
		expect(message).toMatch(
			/permission denied for function open_handover\. .* Nobody has seen it: look into the conversation\.$/,
		);
		expect(message).not.toContain('Terrible');
	}
	expect(await desk.timer('Goodbye for now')).toBeUndefined();
	for (const chatId of texts.keys()) expect(desk.sent(chatId)).toEqual([]);
});

test('a request whose timer cannot be told is at the desk, and an alert names its conversation', async () => {
	const text = 'A terrible delay';
	await without('save_sla_timers', async () => {
		await desk.write({ chatId: 40, text });
		const { severity, message } = await desk.alert('The timers of a request could not be told');
		const sql = `select conversation_id as id from opsdesk.messages where content = '${text}'`;
		const [row] = await desk.stand.supabase.exec<{ id: number }>(sql);
		expect(severity).toBe('critical');
		expect(message).toMatch(
			new RegExp(`^Conversation ${row?.id}\\. .*permission denied.* look into the conversation`),
		);
		expect(message).not.toContain('delay');
		await desk.until(desk.desk, text);
		await desk.until(40, 'Lost on the way, Anna.');
	});
	expect(await desk.timer(text)).toBeUndefined();
});

test('a desk that has put the bot out is told of at once, and the timer of what nobody has seen there runs', async () => {
	const kicked = TelegramCloud.error(403, 'Forbidden: bot was kicked from the supergroup chat');
	desk.cloud.script(String(desk.desk), kicked);
	await desk.write({ chatId: 41, text: 'A terrible silence' });
	const alert = await poll(20_000, () =>
		Promise.resolve(desk.alerts.find(({ message }) => message.includes('for the desk'))),
	);
	expect(alert).toMatchObject({ severity: 'critical', status: 'firing' });
	expect(alert?.message).toMatch(
		/· failed: blocked\nAt the desk nobody has seen it: let the bot write in its chat/,
	);
	expect(alert?.message).not.toContain('silence');
	await desk.untilTimer('A terrible silence', 'running');
});
