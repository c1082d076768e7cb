import { measureReplay } from '../bench/decide/replay';

test('ED-32: 100,000 stored decisions are made again in minutes, and in no more memory than a tenth of them', async () => {
	const tell = (text: string): void => console.error(text);
	const [few, many] = [await measureReplay(10_000, tell), await measureReplay(100_000, tell)];
	expect(few).toMatchObject({ decisions: 10_000 });
	expect(many).toMatchObject({ decisions: 100_000, megabytesMore: { met: true } });
}, 1_800_000);
