import { storeMessages } from '../../../src/chat';
import { openStand, type Stand } from '../store/stand';
import { message } from './messages';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-message-size');
});
afterAll(async () => {
	await stand?.close();
});

const nested = (levels: number): object => (levels === 0 ? {} : { in: nested(levels - 1) });

describe.each(['data', 'entities', 'metadata'] as const)('%s of a message', (field) => {
	test('is refused by its name when it is deeper than 50 or larger than 256 kB, and nothing is stored', async () => {
		const tenant = await stand.tenant();
		const store = stand.open('postgres', { tenant });
		const many = Array.from({ length: 100_000 }).reduce<object>((inner) => ({ in: inner }), {});
		for (const [value, problem] of [
			[nested(51), 'at most 50 levels deep'],
			[many, 'at most 50 levels deep'],
			[['x'.repeat(300_000)], 'at most 256 kB'],
		] as const)
			await expect(storeMessages(store, [message({}), message({ [field]: value })])).rejects.toMatchObject({
				message: expect.stringMatching(`${field}: must .*${problem}`) as string,
			});
		await storeMessages(store, [message({ [field]: [nested(49), 'x'.repeat(250_000)] })]);
		const rows = await stand.supabase.exec('select from opsdesk.messages where tenant_id = $1', [tenant]);
		expect(rows).toHaveLength(1);
	});

	test('is refused by the database too, for who calls it without the library', async () => {
		const tenant = await stand.tenant();
		const store = (value: unknown) =>
			stand.supabase.exec('select opsdesk.store_messages($1, $2)', [
				tenant,
				JSON.stringify({ messages: [{ ...message(), [field]: value }] }),
			]);
		for (const value of [nested(60), ['x'.repeat(600_000)]])
			await expect(store(value)).rejects.toThrow(`${field} is deeper than 50, or larger than 256 kB`);
		await store([nested(49)]);
	});
});
