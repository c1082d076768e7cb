import {
	defaultRules,
	eventsOf,
	type AuthorRole,
	type ConversationStanding,
	type MessageCategory,
	type Metric,
	type Occurrence,
	type TimerRules,
} from '../../../../src/sla';

const atMs = Date.UTC(2026, 10, 20, 10);
const fresh: ConversationStanding = {
	...{
		wasAnswered: false,
		wasAnsweredSince: false,
		startedBy: null,
		waiting: [],
		waitingAfter: [],
		isSettled: false,
		isPaused: false,
	},
};

const message = (author: AuthorRole, category?: MessageCategory): Occurrence => ({
	...{ type: 'message', atMs, messageId: 'm1', author },
	...(category && { category }),
});
const status = (name: string): Occurrence => ({ type: 'status', atMs, status: name });

const types = (
	occurrence: Occurrence,
	metric: Metric = 'firstResponse',
	standing: Partial<ConversationStanding> = {},
	rules: Partial<TimerRules> = {},
): string[] =>
	eventsOf(occurrence, metric, { ...fresh, ...standing }, { ...defaultRules, ...rules }).map(
		({ type }) => type,
	);

test.each([
	['REQUEST', ['start']],
	['SPAM', []],
	['GRATITUDE', []],
	['CLARIFICATION', []],
	[undefined, ['start']],
] as const)('a message of a client in the category %s: %j', (category, expected) => {
	expect(types(message('client', category))).toEqual(expected);
});

test.each([
	['assignee', ['answer']],
	['agent', ['answer']],
	['manager', ['answer']],
	['admin', ['answer']],
	['observer', []],
	['system', []],
] as const)('a message of the role %s: %j', (author, expected) => {
	expect(types(message(author))).toEqual(expected);
});

test("SL-37: the bot's own reply stops no timer unless it is asked to", () => {
	expect(types(message('bot'))).toEqual([]);
	expect(types(message('bot'), 'firstResponse', {}, { answeredBy: ['bot'] })).toEqual(['answer']);
});

test('SL-34: an edited message changes no timer', () => {
	for (const metric of ['firstResponse', 'nextResponse', 'resolution'] as const)
		expect(types({ type: 'edit', atMs, messageId: 'm1' }, metric, { startedBy: 'm1' })).toEqual([]);
});

test('SL-35: a message that is deleted before the answer cancels the timer that it began, and no other', () => {
	const deleted: Occurrence = { type: 'delete', atMs, messageId: 'm1' };
	expect(eventsOf(deleted, 'firstResponse', { ...fresh, startedBy: 'm1' })).toEqual([
		{ type: 'cancel', atMs, reason: 'message deleted' },
	]);
	expect(types(deleted, 'firstResponse', { startedBy: 'm0' })).toEqual([]);
	expect(types(deleted)).toEqual([]);
});

test('SL-35: behind a deleted message the next one that waits begins the timer, from its own time on', () => {
	const waiting = [
		{ messageId: 'm1', atMs: atMs - 9000 },
		{ messageId: 'm2', atMs: atMs - 5000 },
	];
	const standing = { ...fresh, startedBy: 'm1', waiting };
	expect(eventsOf({ type: 'delete', atMs, messageId: 'm1' }, 'firstResponse', standing)).toEqual([
		{ type: 'replace', atMs, messageId: 'm2', startedAtMs: atMs - 5000, reason: 'message deleted' },
	]);
});

test('SL-35: after an answer, a deletion does not take back the promise to settle', () => {
	const deleted: Occurrence = { type: 'delete', atMs, messageId: 'm1' };
	expect(types(deleted, 'resolution', { startedBy: 'm1', wasAnsweredSince: true })).toEqual([]);
	expect(types(deleted, 'resolution', { startedBy: 'm1', wasAnswered: true })).toEqual(['cancel']);
	expect(types(deleted, 'nextResponse', { startedBy: 'm1', wasAnsweredSince: true })).toEqual(['cancel']);
});

test('the first answer is owed until there is one, then each next one, and the solution all the time', () => {
	const starting = (wasAnswered: boolean): Metric[] =>
		(['firstResponse', 'nextResponse', 'resolution'] as const).filter((metric) =>
			types(message('client'), metric, { wasAnswered }).includes('start'),
		);
	expect(starting(false)).toEqual(['firstResponse', 'resolution']);
	expect(starting(true)).toEqual(['nextResponse', 'resolution']);
	expect(types(message('agent'), 'resolution')).toEqual([]);
	expect(types(message('agent'), 'nextResponse')).toEqual(['answer']);
});

test('waiting for the client pauses, and a word of the client or any other status resumes', () => {
	expect(types(status('waiting_for_client'))).toEqual(['pause']);
	expect(types(status('in_progress'), 'firstResponse', { isPaused: true })).toEqual(['resume']);
	expect(types(status('transferred'))).toEqual([]);
	const paused = { isPaused: true, wasAnswered: true };
	expect(types(message('client', 'CLARIFICATION'), 'resolution', paused)).toEqual(['resume']);
	expect(types(message('client', 'REQUEST'), 'resolution', paused)).toEqual(['resume', 'start']);
	expect(types(message('client', 'GRATITUDE'), 'resolution', paused)).toEqual([]);
	expect(types(message('client', 'CLARIFICATION'), 'resolution', paused, { resumedByClient: false })).toEqual(
		[],
	);
});

test('what is closed without an answer is owed no longer, what is settled is settled', () => {
	expect(eventsOf(status('closed'), 'firstResponse', fresh)).toEqual([
		{ type: 'cancel', atMs, reason: 'closed' },
	]);
	expect(types(status('answered'))).toEqual(['answer']);
	expect(types(status('closed'), 'resolution')).toEqual(['answer']);
});

test('SL-36: a request after the matter was settled opens it again, unless the rules say no', () => {
	expect(types(message('client'), 'resolution', { isSettled: true })).toEqual(['reopen']);
	expect(types(message('client', 'GRATITUDE'), 'resolution', { isSettled: true })).toEqual([]);
	expect(types(message('client'), 'resolution', { isSettled: true }, { reopenedByClient: false })).toEqual(
		[],
	);
});
