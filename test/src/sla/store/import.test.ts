import { compileSchedule, getSchedule, getSchedules, importSlaRows, resolveFor } from '../../../../src/sla';
import { transportNames, type Stand } from '../../store/stand';
import { openDesk, openSlaStand } from './sla-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openSlaStand('import');
});
afterAll(() => stand?.close());

test.each(transportNames)(
	'SL-20 hours and thresholds of a help desk are taken over by %s, with Sunday as 0 and as 7, and again without a change',
	async (transport) => {
		const { store, conversation } = await openDesk(stand, transport);
		const [one, other] = [await conversation(), await conversation()];
		const hours = { timezone: 'Europe/Moscow', working_hours_start: '09:00:00', working_hours_end: '18:00' };
		const rows = [
			{ ...hours, chat_id: `c${one}`, working_days: [0, 1], holidays: ['2026-12-25'] },
			{ ...hours, chat_id: `c${other}`, working_days: '{1,7}', holidays: '{2026-12-25}' },
			{ ...hours, chat_id: 'c0', working_days: [1], holidays: [] },
			{ ...hours, chat_id: `c${one}`, working_days: [8], holidays: ['soon'], working_hours_start: '9' },
			{ ...hours, chat_id: `c${one}`, working_days: [1], holidays: null, timezone: 'Mars/Phobos' },
		];
		for (let turn = 0; turn < 2; turn += 1) {
			const result = await importSlaRows(store, 'working_schedules', rows);
			expect(result).toMatchObject({ rows: 5, saved: 2 });
			expect(result.problems.map(({ row, field }) => [row, field])).toEqual([
				...[
					[3, 'chat_id'],
					[4, 'working_days.0'],
					[4, 'working_hours_start'],
					[4, 'holidays.0'],
					[5, undefined],
				],
			]);
		}
		const names = (await getSchedules(store)).items.map(({ name, version }) => [name.slice(0, -11), version]);
		expect(names).toEqual([
			['', 1],
			['Europe/Moscow 17 09:00–18:00', 1],
		]);
		const { schedule } = await resolveFor(store, one);
		expect((await resolveFor(store, other)).schedule).toEqual(schedule);
		const { isOpen } = compileSchedule((await getSchedule(store, { id: schedule?.id ?? 0 })).definition);
		expect(isOpen(Date.parse('2026-11-22T12:00+03:00'))).toBe(true);
		expect(isOpen(Date.parse('2026-12-25T12:00+03:00'))).toBe(false);

		const chats = [
			{ chat_id: `c${one}`, sla_threshold_minutes: '15', monitoring_enabled: 'f', chat_name: 'x' },
		];
		expect(await importSlaRows(store, 'chats', chats)).toEqual({ rows: 1, saved: 1, problems: [] });
		expect(await resolveFor(store, one)).toMatchObject({
			...{ monitored: false, schedule },
			policy: { targetMinutes: { firstResponse: 15, nextResponse: 15, resolution: null } },
		});
	},
);
