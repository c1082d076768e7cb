import * as records from '../../../../src/store';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('store-errors');
});
afterAll(() => stand?.close());

describe.each(transportNames)('the log of faults over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	test('a fault is recorded with what is known of it, and once for each key', async () => {
		const fault = {
			message: 'Broken',
			level: 'fatal' as const,
			stack: 'at x',
			metadata: { node: 'A' },
			key: 'run 7',
		};
		const saved = await Promise.all(Array.from({ length: 5 }, () => records.recordError(store, fault)));
		expect(saved.filter(({ created }) => created)).toHaveLength(1);
		expect(saved[0]).toMatchObject({ ...fault, shortened: [] });
		for (let time = 0; time < 2; time += 1) await records.recordError(store, { message: 'No key' });
		expect((await records.getErrorLogs(store)).items.map(({ message }) => message)).toEqual([
			'No key',
			'No key',
			'Broken',
		]);
	});

	test('CS-28 secrets reach neither the database nor the answer', async () => {
		const hidden = 'hunter2-of-nobody';
		const answer = await records.recordError(store, {
			message: `password=${hidden} refused`,
			stack: `postgresql://u:${hidden}@db.example.com/x`,
			metadata: {
				password: hidden,
				request: { headers: { authorization: hidden, Cookie: hidden }, list: [`token: ${hidden}`] },
				apiKey: hidden,
				user: 'anna',
			},
		});
		const rows = await stand.supabase.exec('select * from opsdesk.error_logs where tenant_id = $1', [tenant]);
		expect(JSON.stringify([answer, rows])).not.toContain(hidden);
		expect(answer.metadata).toMatchObject({ user: 'anna', password: '***' });
	});

	test('CS-28 under the name of a secret everything is hidden, a list or an object too, however deep it lies', async () => {
		const hidden = 'sid-of-nobody';
		const names = [
			'password',
			'X-Api-Key',
			'refreshToken',
			'authorization',
			'Set-Cookie',
			'clientSecret',
			'privateKey',
		];
		const values = [hidden, [hidden], { session: hidden, list: [{ deep: hidden }] }, 4711, true];
		const inside = (value: unknown) => Object.fromEntries(names.map((name) => [name, value]));
		const hide = inside('***');
		const answer = await records.recordError(store, {
			message: 'Refused',
			metadata: {
				requests: values.map((value) => ({ at: { headers: inside(value) }, status: 401 })),
				token: null,
			},
		});
		expect(answer.metadata).toEqual({
			requests: values.map(() => ({ at: { headers: hide }, status: 401 })),
			token: null,
		});
		const rows = await stand.supabase.exec('select e::text from opsdesk.error_logs e where tenant_id = $1', [
			tenant,
		]);
		expect(JSON.stringify(rows)).not.toMatch(/nobody|4711/);
	});

	test('what is too long is cut, and the answer says so; what no database keeps is replaced', async () => {
		const answer = await records.recordError(store, {
			message: `x\u0000${'m'.repeat(20_000)}`,
			stack: 's'.repeat(60_000),
			metadata: { body: 'b'.repeat(70_000), half: '\ud83d' },
		});
		expect(answer.shortened).toEqual(['message', 'stack', 'metadata']);
		expect(answer.message).toMatch(/^x\ufffdm+…$/);
		expect(answer.message).toHaveLength(10_000);
		expect(answer.metadata).toEqual({ omitted: '70 kB', fields: ['body', 'half'] });
	});

	test('faults are listed by level, time and text, page by page', async () => {
		for (let day = 1; day <= 5; day += 1)
			await records.recordError(store, {
				message: `Day ${day} 100%`,
				level: day % 2 === 0 ? 'warning' : 'error',
				occurredAt: `2026-01-0${day}T00:00:00Z`,
			});
		const days = async (query: records.ErrorQuery) =>
			(await records.getErrorLogs(store, query)).items.map(({ message }) => Number(message[4]));
		expect(await days({ level: 'warning' })).toEqual([4, 2]);
		expect(await days({ from: '2026-01-02T00:00:00Z', to: '2026-01-04T00:00:00Z' })).toEqual([3, 2]);
		expect(await days({ text: 'day 3 100%' })).toEqual([3]);
		const first = await records.getErrorLogs(store, {}, { limit: 3 });
		const rest = await records.getErrorLogs(store, {}, { cursor: first.cursor });
		expect([...first.items, ...rest.items].map(({ message }) => Number(message[4]))).toEqual([5, 4, 3, 2, 1]);
	});

	test('CS-23 SQL and the signs of filters in every text stay as they are', async () => {
		const odd = `a'b"c;--or=(x.eq.1)*%_\\ $1 {} ,`;
		const fault = { message: odd, stack: odd, metadata: { [odd]: odd }, key: odd };
		expect(await records.recordError(store, fault)).toMatchObject(fault);
		expect((await records.getErrorLogs(store, { text: odd })).items).toMatchObject([fault]);
	});

	test('a fault without words, or at no time, is refused by the name of the field', async () => {
		for (const [fault, field] of [
			[{ message: '' }, 'message'],
			[{ message: 'x', occurredAt: 'yesterday' }, 'occurredAt'],
		] as const)
			await expect(records.recordError(store, fault)).rejects.toMatchObject({
				code: 'invalid_input',
				message: expect.stringContaining(field),
			});
	});
});
