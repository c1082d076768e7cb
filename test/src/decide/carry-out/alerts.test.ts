import { notices, undecided, unposted, unsaid, withoutDesk } from '../../../../src/decide/carry-out/alerts';
import { decidedSchema, type DecidedInput } from '../../../../src/decide/carry-out/decided';

const decided = (more: Partial<DecidedInput> = {}) =>
	decidedSchema.parse({ messageId: 32, conversationId: 7, decisionId: 9, outcome: 'escalate', ...more });
const actions = { team: 'Accounts', notify: ['admin', 'manager'], withinMinutes: 5 };
const reasons = [{ code: 'rule', text: 'An invoice is wrong.' }];
const place = 'Conversation 7, message 32 of the store.';

test('each message that nobody has seen is an alert of its own, and says where to look', () => {
	for (const alert of [unposted(decided(), 'It is blocked.'), withoutDesk(decided(), 'It is blocked.')]) {
		expect(alert).toMatchObject({ severity: 'critical', dedupeKey: 'eva:unseen:32' });
		expect(alert.message).toContain(`${place} It is blocked. `);
	}
});

test('that deciding fails, or that answers cannot be sent, is told once', () => {
	const failed = undecided(decided(), 'No rules.');
	expect(failed).toMatchObject({ severity: 'critical', dedupeKey: 'eva:failed' });
	expect(failed.message).toBe(`${place} No rules. It goes to the desk undecided.`);
	const words = unsaid(decided(), 'No room.', 'info');
	expect(words).toMatchObject({ severity: 'info', dedupeKey: 'eva:unsaid' });
	expect(words.message).toBe(`${place} No room. The message itself goes to the desk.`);
});

test('each of those whom a rule names gets an alert, all of them about one event', () => {
	const alert = {
		...{ title: 'A message waits for a team within 5 minutes', severity: 'info', eventId: 'eva:decision:9' },
		message: `${place} Team: Accounts. An invoice is wrong.`,
	};
	expect(notices(decided({ outcome: 'route', decision: { actions, reasons } }), 'info')).toEqual([
		{ ...alert, owner: 'admin', dedupeKey: 'eva:decision:9:admin' },
		{ ...alert, owner: 'manager', dedupeKey: 'eva:decision:9:manager' },
	]);
});

test.each([
	['reply', 'A message was answered'],
	['escalate', 'A message needs a person'],
	['route', 'A message waits for a team'],
	['ignore', 'A message was left alone'],
	['defer', 'A message waits for later'],
] as const)('of %s they hear: %s', (outcome, title) => {
	const decision = { actions: { notify: ['admin'] }, reasons };
	expect(notices(decided({ outcome, decision }), 'warning')).toMatchObject([
		{ title, message: `${place} An invoice is wrong.` },
	]);
});
