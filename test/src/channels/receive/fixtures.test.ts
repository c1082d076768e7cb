import { receive } from '../../../../src/channels';
import { messageInputSchema } from '../../../../src/shared';
import { fixturesOf, kindOf, kinds, signedRequest } from './channels';

const secret = 'a'.repeat(32);

describe.each(Object.keys(kinds))('%s', (platform) => {
	const channel = kindOf(platform).open({ current: secret });

	test.each(fixturesOf(platform).map((one) => [one.name, one] as const))(
		'RT-4, RT-5, RT-6, RT-10, RT-18: %s is read as documented',
		(_, { body, events, broken }) => {
			const reception = receive(channel, signedRequest(platform, body, secret));
			expect(reception.answer.status).toBe(200);
			expect(reception.events).toHaveLength(events.length);
			expect(reception.events).toMatchObject(events);
			expect(reception.broken.map(({ path }) => path)).toEqual(broken);
		},
	);

	test('every message is in the normal form, and every event has what it came as', () => {
		for (const { name, body } of fixturesOf(platform)) {
			const { events } = receive(channel, signedRequest(platform, body, secret));
			for (const event of events) {
				expect({ name, raw: event.raw }).toEqual({ name, raw: expect.anything() });
				if (event.kind === 'message')
					expect(messageInputSchema.safeParse(event.message).error).toBeUndefined();
			}
		}
	});

	test('RT-7: an event has the same id when it comes again, and no other event has it', () => {
		const seen = new Map<string, string>();
		for (const { name, body } of fixturesOf(platform)) {
			const again = [0, 1].map(() => receive(channel, signedRequest(platform, body, secret)).events);
			const [ids = [], others] = again.map((events) => events.map(({ id }) => id));
			expect(ids).toEqual(others);
			expect(new Set(ids).size).toBe(ids.length);
			for (const id of ids) seen.set(id, name);
		}
		expect(seen.size).toBeGreaterThan(1);
	});
});

test('RT-5: statuses and echoes become no messages', () => {
	for (const platform of Object.keys(kinds)) {
		const silent = fixturesOf(platform).filter(({ name }) =>
			/^(status|echo|delivery|read|seen|reaction)/.test(name),
		);
		for (const { body } of silent) {
			const { events } = receive(
				kindOf(platform).open({ current: secret }),
				signedRequest(platform, body, secret),
			);
			expect(events.map(({ kind }) => kind)).not.toContain('message');
		}
	}
});
