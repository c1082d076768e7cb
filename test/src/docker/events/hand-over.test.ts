import { HandOver, type DockerEvent, type EventPosition, type ToldEvent } from '../../../../src/docker';

const second = (at: number) => 1_763_778_832_000_000_000n + BigInt(at) * 1_000_000_000n;
const position = (at: number): EventPosition => ({
	at: String(second(at)),
	key: `${second(at)}-x`,
	recent: [],
});
const event = (eventId: string, labels: DockerEvent['labels'] = {}) => ({ eventId, labels }) as ToldEvent;
const stored = (handOver: HandOver): unknown => JSON.parse(JSON.stringify(handOver.record()));
const ids = (handOver: HandOver) => handOver.uncertain.map(({ eventId }) => eventId);

test('what was handed over and has not arrived is known after a kill, with the place to go on', () => {
	const before = new HandOver([]);
	expect([before.from, before.keptAt.getTime()]).toEqual([undefined, 0]);
	before.begin(event('a'), position(1));
	before.begin(event('b'), position(2));
	before.done({ eventId: 'a' });
	const after = new HandOver([stored(before)]);
	expect(ids(after)).toEqual(['b']);
	expect(after.from).toEqual(position(2));
	expect(Math.abs(after.keptAt.getTime() - Date.now())).toBeLessThan(10_000);
});

test('of two records the one that is further in the history counts, and of equal ones the later', () => {
	const far = new HandOver([]);
	far.begin(event('far'), position(9));
	const near = new HandOver([]);
	for (let count = 0; count < 50; count += 1) near.moveTo(position(3));
	expect(ids(new HandOver([stored(near), stored(far)]))).toEqual(['far']);
	const begun = stored(far);
	far.done({ eventId: 'far' });
	expect(ids(new HandOver([stored(far), begun]))).toEqual([]);
	expect(ids(new HandOver([begun, stored(far)]))).toEqual([]);
});

test('who begins anew is not led back by an older record', () => {
	const before = new HandOver([]);
	before.begin(event('a'), position(5));
	const old = stored(before);
	const anew = new HandOver([old]);
	anew.forget();
	expect([anew.from, ids(anew)]).toEqual([undefined, []]);
	anew.moveTo(position(5));
	expect(ids(new HandOver([old, stored(anew)]))).toEqual([]);
});

test.each([undefined, null, {}, [], 'text', { position: 1, open: [], revision: 1 }])(
	'%j is no record',
	(kept) => {
		expect(new HandOver([kept]).from).toBeUndefined();
	},
);

test('a damaged position loses nothing of what is open', () => {
	const record = { position: { at: 'x' }, keptAtMs: 1, open: [{ eventId: 'a' }], revision: 1 };
	const handOver = new HandOver([record]);
	expect([handOver.from, ids(handOver)]).toEqual([undefined, ['a']]);
});

test('the record stays small when nothing arrives', () => {
	const handOver = new HandOver([]);
	for (let count = 0; count < 1000; count += 1) handOver.begin(event(`e${count}`), position(count));
	expect(ids(handOver)).toHaveLength(200);
	expect(ids(handOver).at(-1)).toBe('e999');
	for (let count = 0; count < 10; count += 1) {
		handOver.begin(event(`long${count}`, { long: 'x'.repeat(100_000) }), position(2000 + count));
	}
	expect(ids(handOver)).toEqual(['long8', 'long9']);
	handOver.begin(event('huge', { long: 'x'.repeat(1_000_000) }), position(3000));
	expect(ids(handOver)).toEqual(['huge']);
});
