import { parsePolicy } from '../../../../src/sla';
import { thrownBy } from '../schedules';

test('what one layer says may be as little as one target', () => {
	expect(parsePolicy({ targetMinutes: { firstResponse: 15 } })).toEqual({
		targetMinutes: { firstResponse: 15 },
	});
	expect(parsePolicy({})).toEqual({});
});

test.each([
	[{ warnings: [{ percent: 101 }] }, 'warnings.0.percent'],
	[{ warnings: [{ percent: 100 }] }, 'warnings.0.percent'],
	[{ warnings: [{ percent: 80 }, { minutesBefore: -5 }] }, 'warnings.1.minutesBefore'],
	[{ warnings: [{ minutesBefore: 60 }], targetMinutes: { firstResponse: 60 } }, 'warnings.0.minutesBefore'],
])('SL-31: a warning with the breach, later, or not after the start is refused: %j', (policy, field) => {
	const { faults, message } = thrownBy(() => parsePolicy(policy));
	expect(faults.map((fault) => fault.field)).toContain(field);
	expect(message).toMatch(/breach|start/);
});

test('whom a policy names is a role or an address, so that a misspelt role is refused', () => {
	const { faults } = thrownBy(() =>
		parsePolicy({
			notify: { warning: ['asignee'], breach: ['manager', 'managers'], escalation: [['leaders']] },
		}),
	);
	expect(faults.map(({ field }) => field)).toEqual(['notify.warning.0', 'notify.breach.1']);
	expect(faults[0]?.problem).toContain('roles are assignee, team, duty');
	const addresses = ['a@example.com', '#alerts', '+10000000000', 'member:7', '-100', 'https://example.com'];
	expect(parsePolicy({ notify: { breach: addresses } })).toEqual({ notify: { breach: addresses } });
});

test('every fault of a policy is told at once', () => {
	const { faults } = thrownBy(() =>
		parsePolicy({
			targetMinutes: { firstResponse: 0, nextResponse: '60', resolution: 1e12 },
			clock: 'wall',
			escalation: { everyMinutes: -1, most: 101, quietHours: { from: '22:00', to: '22:00' } },
			notify: { breach: 'manager' },
			colour: 'red',
		}),
	);
	expect(faults.map(({ field }) => field).sort()).toEqual(
		[
			...['(whole input)', 'clock', 'escalation.everyMinutes', 'escalation.most', 'escalation.quietHours'],
			...[
				'notify.breach',
				'targetMinutes.firstResponse',
				'targetMinutes.nextResponse',
				'targetMinutes.resolution',
			],
		].sort(),
	);
});
