import type { IDataObject } from 'n8n-workflow';

import { openStand, transportNames, type Stand } from '../../src/store/stand';
import { byId, slaTimer, written as inFields } from './sla-timer';

let stand: Stand;
let node: ReturnType<typeof slaTimer>;

beforeAll(async () => {
	stand = await openStand('node-schedules');
	node = slaTimer(stand.supabase);
});
afterAll(() => stand?.close());

const written = (...given: Parameters<typeof inFields>): IDataObject => {
	const { scheduleFrom, ...rest } = inFields(...given);
	return { definitionFrom: scheduleFrom, ...rest };
};
const byName = (value: string) => ({ __rl: true, mode: 'name', value });

describe.each(transportNames)('over %s', (through) => {
	let tenant: string;
	beforeEach(async () => {
		tenant = await stand.tenant();
	});
	const settings = () => ({ through, tenant });
	const schedule = async (operation: string, more: IDataObject = {}) =>
		await node.items({ resource: 'schedule', operation, schedule: byName('Office'), ...more }, settings());
	const policy = async (operation: string, more: IDataObject = {}) =>
		await node.items({ resource: 'policy', operation, ...more }, settings());

	test('a schedule is made of fields, read, renamed, and used by calculations', async () => {
		const [made] = await schedule('createOrUpdate', written({ options: { isDefault: true } }));
		expect(made).toMatchObject({ name: 'Office', created: true, version: 1, isDefault: true });
		expect((await schedule('createOrUpdate', written()))[0]).toMatchObject({
			created: false,
			changed: false,
		});
		const renamed = { schedule: byId(made?.['id']), options: { newName: 'Desk' } };
		expect(
			(await schedule('createOrUpdate', { ...written({}, '10:00-12:00'), ...renamed }))[0],
		).toMatchObject({
			...{ name: 'Desk', changed: true, version: 2 },
		});
		expect((await schedule('getMany'))[0]).toMatchObject({ name: 'Desk', timezone: 'Europe/Moscow' });
		const stored = { scheduleFrom: 'store', schedule: byName('Desk') };
		const [answer] = await node.items(
			{ resource: 'calculate', operation: 'nextOpening', after: '2026-11-20T13:00', ...stored },
			settings(),
		);
		expect(answer?.['nextOpening']).toBe('2026-11-23T10:00:00.000+03:00');
		const days = await node.items(
			{ resource: 'schedule', operation: 'preview', firstDate: '2026-11-23', days: 1, ...stored },
			settings(),
		);
		expect(days[0]).toMatchObject({ open: [{ from: '10:00', to: '12:00' }] });
		expect(await schedule('delete', { schedule: byName('Desk') })).toEqual([{ deleted: true }]);
	});

	test('holidays of a country, a calendar or a list are added to a schedule', async () => {
		await schedule('createOrUpdate', written());
		const [first] = await schedule('importHolidays', {
			sources: { holidayCountry: 'RU', holidays: '2026-11-24 Move' },
			options: { firstYear: 2026, lastYear: 2027 },
		});
		expect(first).toMatchObject({ changed: true, skipped: [] });
		expect(Number(first?.['added'])).toBeGreaterThan(20);
		const [again] = await schedule('importHolidays', { sources: { holidays: '2026-11-24' } });
		expect(again).toMatchObject({ changed: false, added: 0 });
		const { definition } = (await schedule('get'))[0] as { definition: { holidays: IDataObject[] } };
		expect(definition.holidays).toContainEqual({ date: '2026-11-24', name: 'Move' });
		expect(
			await node.refusal(
				{ resource: 'schedule', operation: 'importHolidays', schedule: byName('Office') },
				settings(),
			),
		).toMatch(/There are no holidays of whole days/);
	});

	test('SL-1: a schedule with faults is refused with all of them, and nothing is kept', async () => {
		const faulty = written({ timezone: 'Mars/Phobos' }, '25:00-26:00');
		const said = await node.refusal(
			{ resource: 'schedule', operation: 'createOrUpdate', schedule: byName('Office'), ...faulty },
			settings(),
		);
		expect(said).toMatch(/Mars\/Phobos.*25:00/);
		expect(await schedule('getMany')).toEqual([]);
	});

	test('policies are written in fields, by layer, and joined for a conversation', async () => {
		await schedule('createOrUpdate', written());
		const promises = {
			...{ firstResponse: 30, resolution: 0, clock: 'calendar', warnings: '50%, 10 min' },
			...{ escalateEvery: 15, escalateMost: 3, quietHours: '22:00-07:00' },
			...{ notifyBreach: 'manager, lead@example.com', notifyEscalation: 'manager\nadmin' },
		};
		const [saved] = await policy('createOrUpdate', {
			...{ layer: 'tier', tier: 'vip', policyFrom: 'fields', promises },
			options: { scheduleName: 'Office', monitored: true },
		});
		expect(saved).toMatchObject({
			...{ created: true, tier: 'vip', monitored: true, schedule: { name: 'Office' } },
			policy: {
				...{ targetMinutes: { firstResponse: 30, resolution: null }, clock: 'calendar' },
				warnings: [{ percent: 50 }, { minutesBefore: 10 }],
				escalation: { everyMinutes: 15, most: 3, quietHours: { from: '22:00', to: '07:00' } },
				notify: { breach: ['manager', 'lead@example.com'], escalation: [['manager'], ['admin']] },
			},
		});
		const [kept] = await policy('createOrUpdate', {
			...{ layer: 'tier', tier: 'vip', policyFrom: 'asItIs', options: { monitored: false } },
		});
		expect(kept).toMatchObject({ monitored: false, policy: saved?.['policy'] });
		expect(await policy('getMany', { filters: { layer: 'tier' } })).toHaveLength(1);
		const [same] = await policy('createOrUpdate', {
			...{ layer: 'tier', tier: 'vip', policyFrom: 'fields', promises: {} },
			options: { monitored: true },
		});
		expect(same).toMatchObject({ monitored: true, policy: saved?.['policy'], openTimers: 0 });
		expect(await policy('delete', { layer: 'tier', tier: 'vip' })).toEqual([
			{ deleted: true, openTimers: 0 },
		]);
	});

	test('SL-31: a warning that is later than the breach is refused, in fields and as JSON', async () => {
		const refused = async (more: IDataObject) =>
			await node.refusal(
				{ resource: 'policy', operation: 'createOrUpdate', layer: 'tenant', ...more },
				settings(),
			);
		expect(await refused({ policyFrom: 'fields', promises: { warnings: '120%' } })).toMatch(/warnings.0/);
		expect(await refused({ policyFrom: 'fields', promises: { warnings: 'soon' } })).toMatch(
			/"Warnings" has an entry that is none: soon/,
		);
		expect(await refused({ policyFrom: 'json', policy: '{"warnings":[{"percent":100}]}' })).toMatch(
			/warnings.0/,
		);
		expect(await refused({ policyFrom: 'fields', promises: { firstResponse: '={{ "x" }}' } })).toMatch(
			/"First Response \(Minutes\)" is no number: x/,
		);
	});
});
