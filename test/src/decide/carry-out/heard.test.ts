import { decidedSchema, type DecidedInput } from '../../../../src/decide/carry-out/decided';
import { heardOf } from '../../../../src/decide/carry-out/heard';

const said = { id: '7', sentAt: '2026-03-02T10:00:00.000Z', text: 'Hello' };
const heard = (more: Partial<DecidedInput>) =>
	heardOf(decidedSchema.parse({ messageId: 32, conversationId: 7, outcome: 'ignore', said, ...more }));
const person = { reasons: [{ code: 'person_answers', text: 'Olga has it.' }] };

test.each([
	['what needs a person', { outcome: 'escalate' }, 'REQUEST'],
	['what is for a team', { outcome: 'route' }, 'REQUEST'],
	['what waits for later', { outcome: 'defer' }, 'REQUEST'],
	['what Eva answers', { outcome: 'reply' }, undefined],
	['what Eva answers where a person has long said nothing', { outcome: 'reply', handoverId: 5 }, undefined],
	['what is left alone', {}, undefined],
	['what a person sees', { handoverId: 5 }, ''],
	[
		'thanks that a person sees',
		{ decision: { ...person, facts: { 'message.category': 'GRATITUDE' } } },
		'GRATITUDE',
	],
	['what is tried', { outcome: 'reply', isShadow: true }, ''],
	['what could not be decided', { outcome: 'escalate', problem: 'No rules.' }, ''],
	['what no timer is to hear', { outcome: 'escalate', timers: false }, undefined],
	['what nobody knows the words of', { outcome: 'escalate', said: undefined }, undefined],
] as const)('timers hear of %s', (_, more, category) => {
	expect(heard(more)?.category).toBe(category);
});

test('timers hear which message it is, and when it was written', () => {
	expect(heard({ outcome: 'escalate' })).toEqual({
		...{ conversationId: 7, messageId: '7', sentAt: said.sentAt, text: 'Hello', category: 'REQUEST' },
	});
	expect(heard({ outcome: 'escalate', said: { id: '7' } })).not.toHaveProperty('sentAt');
});
