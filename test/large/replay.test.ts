import { measureReplay } from '../bench/decide/replay';

test('ED-32: 100,000 stored decisions are made again in minutes, and hold no more memory than a tenth of them', async () => {
	const tell = (text: string): void => console.error(text);
	const few = await measureReplay(10_000, tell, 'held');
	const many = await measureReplay(100_000, tell, 'held');
	expect(many).toMatchObject({ decisions: 100_000 });
	expect(many.seconds).toBeLessThan(300);
	expect(many.megabytesMore.value).toBeLessThanOrEqual(few.megabytesMore.value + 10);
}, 1_800_000);
