import { defaultTiers, resolvePolicy } from '../../../../src/sla';

test('a chat is over its tier, the tier over the tenant, the tenant over the default', () => {
	const layers = {
		chat: { targetMinutes: { firstResponse: 10 } },
		tier: { targetMinutes: { firstResponse: 20, nextResponse: 21 } },
		tenant: { targetMinutes: { firstResponse: 30, nextResponse: 31, resolution: 32 } },
	};
	expect(resolvePolicy(layers).targetMinutes).toEqual({
		firstResponse: 10,
		nextResponse: 21,
		resolution: 32,
	});
	expect(resolvePolicy({ ...layers, chat: {} }).targetMinutes.firstResponse).toBe(20);
	expect(resolvePolicy({ tenant: layers.tenant }).targetMinutes.firstResponse).toBe(30);
	expect(
		resolvePolicy({ default: { targetMinutes: { firstResponse: 40 } } }).targetMinutes.firstResponse,
	).toBe(40);
	expect(resolvePolicy({}).targetMinutes).toEqual({ firstResponse: 60, nextResponse: 60, resolution: null });
	expect(resolvePolicy(layers).from).toMatchObject({
		'targetMinutes.firstResponse': 'chat',
		'targetMinutes.nextResponse': 'tier',
		'targetMinutes.resolution': 'tenant',
		clock: 'default',
	});
});

test('a chat may switch a target off that its tenant promises', () => {
	const policy = resolvePolicy({
		chat: { targetMinutes: { firstResponse: null } },
		tenant: { targetMinutes: { firstResponse: 30 } },
	});
	expect(policy.targetMinutes.firstResponse).toBeNull();
	expect(policy.from['targetMinutes.firstResponse']).toBe('chat');
});

test('every other field is taken one by one as well', () => {
	const policy = resolvePolicy({
		chat: { escalation: { most: 2 }, notify: { breach: ['owner'] } },
		tier: { escalation: { most: 3, everyMinutes: 5 }, warnings: [{ minutesBefore: 5 }] },
		tenant: {
			clock: 'calendar',
			escalation: { clock: 'calendar', quietHours: { from: '22:00', to: '07:00' } },
		},
	});
	expect(policy).toMatchObject({
		clock: 'calendar',
		warnings: [{ minutesBefore: 5 }],
		escalation: { most: 2, everyMinutes: 5, clock: 'calendar', quietHours: { from: '22:00' } },
		notify: { breach: ['owner'], warning: ['assignee'] },
	});
});

test('the defaults are those of a help desk: 60 minutes, 80 %, every 30 working minutes, five times, by tiers', () => {
	expect(resolvePolicy({})).toMatchObject({
		clock: 'working',
		warnings: [{ percent: 80 }],
		escalation: { everyMinutes: 30, most: 5, clock: 'working', quietHours: null },
		notify: { breach: ['manager', 'assignee'] },
	});
	const minutes = ['basic', 'standard', 'vip', 'premium'].map(
		(tier) => resolvePolicy({ tier: defaultTiers[tier] ?? {} }).targetMinutes.firstResponse,
	);
	expect(minutes).toEqual([120, 60, 30, 15]);
});
