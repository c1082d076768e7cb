import { costOf, usualLimits } from '../../../src/channels/limits';
import { parseContent } from '../../../src/channels/send';

const media = (...kinds: string[]) =>
	parseContent({
		operation: 'media',
		media: kinds.map((kind) => ({ kind, url: 'https://files.example.com/1' })),
	});

test('each item of an album counts, and on Messenger and Instagram sound and video four times', () => {
	expect(costOf('telegram', parseContent({ operation: 'message', text: 'x' }))).toBe(1);
	expect(costOf('telegram', media('photo', 'video', 'audio'))).toBe(3);
	expect(costOf('whatsapp', media('video'))).toBe(1);
	expect(costOf('messenger', media('video'))).toBe(4);
	expect(costOf('instagram', media('photo', 'voice'))).toBe(5);
	// Ten a second, as Meta says.
	for (const platform of ['messenger', 'instagram'] as const)
		expect((usualLimits[platform].account[0]?.limit ?? 0) / costOf(platform, media('audio'))).toBe(10);
});

test('a number of SMS sends one a second, and fifteen in half a minute to one other', () => {
	expect(usualLimits.sms).toMatchObject({
		account: [{ limit: 1, periodMs: 1000 }],
		chat: [
			{ limit: 1, periodMs: 1000 },
			{ limit: 15, periodMs: 30_000 },
		],
	});
});
