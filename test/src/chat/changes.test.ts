import { storeMessages } from '../../../src/chat';
import type { MessageInput } from '../../../src/shared';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-changes');
});
afterAll(() => stand?.close());

const original = message({ id: '1', text: 'first', sentAt: '2026-01-05T10:00:00.000Z' });
const { sentAt, ...same } = original;
const edit = (text: string, minute: number, revision = 0): MessageInput => ({
	...same,
	event: 'edit',
	text,
	editedAt: `2026-01-05T10:0${minute}:00.000Z`,
	revision,
});
const { text: _, ...named } = same;
const removal: MessageInput = { ...named, event: 'delete', deletedAt: '2026-01-05T11:00:00.000Z' };

/** Every order of these. */
function permutations<T>(all: T[]): T[][] {
	if (all.length <= 1) return [all];
	return all.flatMap((one, at) => permutations(all.toSpliced(at, 1)).map((rest) => [one, ...rest]));
}

describe.each(transportNames)('edits and deletions over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	const state = async (of = tenant): Promise<unknown> => {
		const [row] = await stand.supabase.exec(
			`select m.content, m.sent_at, m.edited_at, m.deleted_at is not null as deleted, m.original_missing, s.name,
				(select coalesce(jsonb_agg(jsonb_build_array(v.content, v.valid_from, v.revision) order by v.valid_from, v.revision), '[]')
					from opsdesk.message_versions v where v.message_id = m.id) as versions
			from opsdesk.messages m left join opsdesk.identities s on s.id = m.sender_id where m.tenant_id = $1`,
			[of],
		);
		return row;
	};
	const inTurn = async (events: MessageInput[]): Promise<{ statuses: string[]; state: unknown }> => {
		const fresh = await stand.tenant();
		const own = stand.open(transport, { tenant: fresh });
		const statuses: string[] = [];
		for (const event of events) statuses.push((await storeMessages(own, [event]))[0]?.status ?? '');
		return { statuses, state: await state(fresh) };
	};

	test('CS-6 an original, two edits and a deletion end in the same state in every order', async () => {
		const events = [original, edit('second', 1), edit('third', 2), removal];
		const expected = (await inTurn(events)).state;
		expect(expected).toMatchObject({
			content: 'third',
			sent_at: new Date(sentAt),
			deleted: true,
			original_missing: false,
			name: 'Anna Petrova',
			versions: [
				['first', expect.anything(), 0],
				['second', expect.anything(), 0],
			],
		});
		for (const order of permutations(events)) expect((await inTurn(order)).state).toEqual(expected);
		for (const order of permutations(events).slice(0, 12)) {
			const fresh = await stand.tenant();
			await storeMessages(stand.open(transport, { tenant: fresh }), order);
			expect(await state(fresh)).toEqual(expected);
		}
	});

	test('CS-6 each step says what it has done', async () => {
		const second = edit('second', 1);
		const { statuses } = await inTurn([
			second,
			original,
			original,
			second,
			edit('older', 0),
			removal,
			removal,
		]);
		expect(statuses).toEqual([
			'created',
			'edited',
			'duplicate',
			'duplicate',
			'edited',
			'deleted',
			'duplicate',
		]);
		const late = await inTurn([removal, original, second]);
		expect(late.statuses).toEqual(['deleted', 'deleted', 'edited']);
	});

	test('of two edits in one second the one with the greater revision counts', async () => {
		for (const order of permutations([edit('a', 1, 7), edit('b', 1, 8), original]))
			expect((await inTurn(order)).state).toMatchObject({ content: 'b' });
	});

	test('an edit delivered by many at once is stored once', async () => {
		await storeMessages(store, [original]);
		const answers = await Promise.all(
			Array.from({ length: 20 }, () => storeMessages(store, [edit('second', 1)])),
		);
		expect(
			answers
				.flat()
				.map(({ status }) => status)
				.sort(),
		).toEqual([...Array<string>(19).fill('duplicate'), 'edited']);
		expect(await state()).toMatchObject({ content: 'second', versions: [['first', expect.anything(), 0]] });
	});

	test('an edit may replace the files; the former ones are kept with the former text', async () => {
		const file = (externalId: string) => ({
			kind: 'photo',
			externalId,
			storage: { provider: 's3', path: externalId },
		});
		await storeMessages(store, [{ ...original, attachments: [file('A')] }]);
		const other: MessageInput = {
			...edit('second', 1),
			event: 'edit',
			attachments: [file('B'), file('C')],
		} as MessageInput;
		expect((await storeMessages(store, [other]))[0]?.status).toBe('edited');
		expect((await storeMessages(store, [other]))[0]?.status).toBe('duplicate');
		const [row] = await stand.supabase.exec(
			`select (select jsonb_agg(external_id order by position) from opsdesk.attachments where tenant_id = $1) as now,
				(select attachments from opsdesk.message_versions where tenant_id = $1) as before`,
			[tenant],
		);
		expect(row).toEqual({ now: ['B', 'C'], before: [file('A')] });
	});
});
