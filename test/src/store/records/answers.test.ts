import * as records from '../../../../src/store';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('store-answers');
});
afterAll(() => stand?.close());

const odd = `a'b"c;--or=(x.eq.1)*%_\\ $1 , <%= 1 %>`;

describe.each(transportNames)('templates and FAQ over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});
	const hello = { template: 'Hello' };

	test('a template is made once, changed, renamed, listed and deleted', async () => {
		const saved = await Promise.all(
			Array.from({ length: 5 }, () => records.saveTemplate(store, hello, { content: 'Hi {{name}}' })),
		);
		expect(saved.filter(({ created }) => created)).toHaveLength(1);
		const [{ id: templateId } = { id: 0 }] = saved;
		await records.saveTemplate(store, hello, { category: 'greetings' });
		await records.saveTemplate(store, { template: 'Bye' }, { content: 'Goodbye 100%' });
		const titles = async (query: { category?: string; text?: string }) =>
			(await records.getTemplates(store, query)).items.map(({ title }) => title);
		expect(await titles({ category: 'greetings' })).toEqual(['Hello']);
		expect(await titles({ text: '100%' })).toEqual(['Bye']);
		expect(await titles({ text: 'GOOD' })).toEqual(['Bye']);
		await expect(records.saveTemplate(store, { templateId }, { title: 'Bye' })).rejects.toMatchObject({
			code: 'conflict',
			message: expect.stringContaining('title'),
		});
		expect(
			await records.saveTemplate(store, { templateId }, { title: 'Welcome', category: null }),
		).toMatchObject({ id: templateId, title: 'Welcome', content: 'Hi {{name}}', created: false });
		await expect(records.saveTemplate(store, hello, { category: 'x' })).rejects.toMatchObject({
			code: 'not_found',
		});
		expect(await records.deleteTemplate(store, { templateId })).toBe(true);
		expect(await records.deleteTemplate(store, { templateId })).toBe(false);
		await expect(records.getTemplate(store, { templateId })).rejects.toMatchObject({ code: 'not_found' });
	});

	test('a template is used with its values; each use counts, also of many at once', async () => {
		await records.saveTemplate(store, hello, { content: 'Hi {{ name }}, {{count}} new. {{name}}!' });
		const used = await Promise.all(
			Array.from({ length: 10 }, () => records.useTemplate(store, hello, { name: 'Anna', count: 2 })),
		);
		expect(new Set(used.map(({ text }) => text))).toEqual(new Set(['Hi Anna, 2 new. Anna!']));
		expect(await records.getTemplate(store, hello)).toMatchObject({ usageCount: 10 });
	});

	test('variables without a value are named and nothing is counted, or they become nothing where that is wanted', async () => {
		await records.saveTemplate(store, hello, { content: 'Hi {{ name\n}} of {{город}}{{constructor}}' });
		await expect(records.useTemplate(store, hello, { name: null })).rejects.toMatchObject({
			code: 'invalid_input',
			message: 'The template "Hello" has no value for: constructor, name, город.',
		});
		expect(await records.getTemplate(store, hello)).toMatchObject({ usageCount: 0 });
		expect(await records.useTemplate(store, hello, { name: 'Anna' }, { allowMissing: true })).toMatchObject({
			text: 'Hi Anna of ',
			missing: ['город', 'constructor'],
			template: { usageCount: 1 },
		});
	});

	test('the author is a member of the tenant, and a template outlives who has written it', async () => {
		const { id } = await records.saveMember(store, { email: 'max@example.com' }, { name: 'Max' });
		await records.saveTemplate(store, hello, { content: 'x', createdBy: id });
		await expect(
			records.saveTemplate(store, { template: 'B' }, { content: 'x', createdBy: 999_999 }),
		).rejects.toMatchObject({ code: 'not_found' });
		await stand.supabase.exec('delete from opsdesk.members where id = $1', [id]);
		expect(await records.getTemplate(store, hello)).not.toHaveProperty('createdBy');
		const elsewhere = await stand.tenant();
		const [stranger] = await stand.supabase.exec<{ id: string }>(
			`insert into opsdesk.members (tenant_id, name) values ($1, 'x') returning id`,
			[elsewhere],
		);
		await expect(
			stand.supabase.exec('update opsdesk.templates set created_by = $1 where tenant_id = $2', [
				stranger?.id,
				tenant,
			]),
		).rejects.toThrow('foreign key');
	});

	const items = {
		'Сколько стоит доставка?': ['доставка', 'стоимость доставки', 'курьер'],
		'Когда вы работаете?': ['график работы', 'часы', 'счёт'],
		'How do I return an item?': ['return', 'refund', 'money back'],
		'Where are my invoices?': ['invoice', 'billing'],
	};
	async function filled(): Promise<void> {
		for (const [question, keywords] of Object.entries(items))
			await records.saveFaqItem(store, { question }, { answer: 'A', keywords });
	}
	const found = async (text: string, limit?: number) =>
		(await records.matchFaq(store, text, limit === undefined ? {} : { limit })).map(
			({ question, matched }) => [question.split(' ')[0], matched],
		);

	test.each([
		['Подскажите стоимость курьерской ДОСТАВКИ', [['Сколько', ['доставка', 'стоимость доставки']]]],
		['сколько ждать курьера?', [['Сколько', ['курьер']]]],
		['Какой у вас график? Работа с клиентами по выходным есть?', [['Когда', ['график работы']]]],
		['пришлите счета', [['Когда', ['счёт']]]],
		['I want my money back, or are refunds not given?', [['How', ['refund', 'money back']]]],
		[
			'INVOICES are wrong; I returned it',
			[
				['How', ['return']],
				['Where', ['invoice']],
			],
		],
		['money', []],
		['', []],
		[odd, []],
	] as Array<[string, unknown[]]>)('"%s" finds the items whose keywords it has', async (text, expected) => {
		await filled();
		expect(await found(text)).toEqual(expected);
	});

	test('those with more keywords come first, then those that are used more, and no more than asked for', async () => {
		await filled();
		const both = 'refund of my invoice';
		expect((await found(both)).map(([first]) => first)).toEqual(['How', 'Where']);
		const invoices = { question: 'Where are my invoices?' };
		expect(await records.useFaqItem(store, invoices)).toMatchObject({ usageCount: 1 });
		expect((await found(both)).map(([first]) => first)).toEqual(['Where', 'How']);
		expect((await found(`${both}, money back`)).map(([first]) => first)).toEqual(['How', 'Where']);
		expect(await found(both, 1)).toHaveLength(1);
		await expect(found(both, 0)).rejects.toMatchObject({ code: 'invalid_input' });
	});

	test('an item is made once, changed and deleted', async () => {
		const question = 'Q?';
		const saved = await Promise.all(
			Array.from({ length: 5 }, () =>
				records.saveFaqItem(store, { question }, { answer: 'A', keywords: ['k'] }),
			),
		);
		expect(saved.filter(({ created }) => created)).toHaveLength(1);
		const [{ id: faqId } = { id: 0 }] = saved;
		expect(await records.saveFaqItem(store, { faqId }, { question: 'R?', keywords: [] })).toMatchObject({
			id: faqId,
			question: 'R?',
			answer: 'A',
			keywords: [],
		});
		await records.saveFaqItem(store, { question }, { answer: 'B' });
		await expect(records.saveFaqItem(store, { faqId }, { question })).rejects.toMatchObject({
			code: 'conflict',
			message: expect.stringContaining('question'),
		});
		expect((await records.getFaqItems(store, { text: 'r?' })).items).toMatchObject([{ id: faqId }]);
		expect(await records.deleteFaqItem(store, { faqId })).toBe(true);
		expect(await records.deleteFaqItem(store, { faqId })).toBe(false);
		await expect(records.useFaqItem(store, { faqId })).rejects.toMatchObject({ code: 'not_found' });
	});

	test('CS-23 SQL and the signs of filters in every text stay as they are', async () => {
		await records.saveTemplate(store, { template: odd }, { content: `${odd} {{v}}`, category: odd });
		expect(await records.useTemplate(store, { template: odd }, { v: `{{v}} $& ${odd}` })).toMatchObject({
			template: { title: odd, category: odd },
			text: `${odd} {{v}} $& ${odd}`,
		});
		expect((await records.getTemplates(store, { category: odd, text: odd })).items).toHaveLength(1);
		const item = { question: odd, answer: odd, keywords: [odd, '*', '%'] };
		await records.saveFaqItem(store, { question: odd }, item);
		expect((await records.getFaqItems(store, { text: odd })).items).toMatchObject([item]);
		expect((await records.matchFaq(store, odd))[0]).toMatchObject({ matched: [odd] });
	});

	test('an index finds the items of a text among many', async () => {
		await stand.supabase.exec(
			`insert into opsdesk.faq_items (tenant_id, question, answer, keywords)
			select $1, 'q' || n, 'a', array['word' || n] from generate_series(1, 5000) n`,
			[tenant],
		);
		await stand.supabase.exec('analyze opsdesk.faq_items');
		const plan = await stand.supabase.exec<Record<string, string>>(
			`explain select id from opsdesk.faq_items where tenant_id = '${tenant}'
				and opsdesk.words_of_all(keywords) && opsdesk.words_of('word77 and others')`,
		);
		expect(JSON.stringify(plan)).toContain('faq_items_keywords');
		expect(await found('the word77')).toEqual([['q77', ['word77']]]);
	});
});
