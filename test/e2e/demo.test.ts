import { Writable } from 'node:stream';

import { demonstrate } from '../demo/demonstration';
import { Steps } from '../demo/steps';
import { RecordingServer } from '../support/doubles/recording-server';
import { Scope } from '../support/scope';

/** The demo shows itself on the output it is given; a test has no use for that. */
const nowhere = (): NodeJS.WriteStream =>
	Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { isTTY: false }) as never;

test('the demo backs a site up through n8n, destroys it and restores it with equal hashes and row counts', async () => {
	const scope = await Scope.open('e2e-demo');
	const alertReceiver = await RecordingServer.start(() => ({ status: 200, body: {} }));
	try {
		const { comparisons, siteAnswers } = await demonstrate(scope, new Steps(nowhere()), alertReceiver);
		expect(alertReceiver.requests.map(({ body }) => body)).toMatchObject([{ severity: 'info' }]);
		expect(comparisons.map(({ part }) => part)).toEqual([
			'volume shop_media',
			...['customers', 'order_lines', 'orders', 'products', 'reviews'].map((name) => `table ${name}`),
			'database structure',
		]);
		expect(comparisons.filter(({ equal }) => !equal)).toEqual([]);
		expect(comparisons.find(({ part }) => part === 'table orders')?.before.count).toBe(150_000);
		expect(siteAnswers).toBe(true);
	} finally {
		await alertReceiver.stop();
		await scope.close();
	}
}, 600_000);
