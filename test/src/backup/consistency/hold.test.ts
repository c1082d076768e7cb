import { setTimeout as sleep } from 'node:timers/promises';

import { ContainerHold } from '../../../../src/backup/consistency/hold';
import type { ContainerRecord } from '../../../../src/backup/consistency/journal-document';
import type { JournalRun } from '../../../../src/backup/consistency/journal-run';
import { parseConnection } from '../../../../src/docker';
import { useQuietStand } from '../quiet-stand';

const stand = useQuietStand('hold');

const recordOf = ({ id }: { id: string }): ContainerRecord => ({
	id,
	name: 'shop-web',
	action: 'stop',
	level: 0,
	graceSeconds: 1,
	settled: false,
	closed: false,
	awaitHealthy: false,
});

function holdOf(record: ContainerRecord, note: () => Promise<void>, maxDowntimeMs?: number): ContainerHold {
	const journal = { isLost: false, note } as unknown as JournalRun;
	const options = { maxDowntimeMs, healthTimeoutMs: 1000, now: () => new Date() };
	return new ContainerHold(parseConnection(stand.credential), [record], journal, options);
}

test('BK-35: when the time is over while the journal is still written, nothing is stopped any more', async () => {
	const container = await stand.run('shop-web');
	const hold = holdOf(recordOf(container), () => sleep(800), 200);
	await hold.begin();
	expect(await hold.end()).toMatchObject([{ now: 'as it was' }]);
	expect(await stand.actions()).toEqual([]);
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

test('BK-35: a stop without an answer that takes effect much later is waited for, and the container runs again', async () => {
	const container = await stand.run('shop-web');
	const said = '{"message":"tried to kill container, but did not receive an exit event"}';
	stand.proxy.before = ({ url = '' }) =>
		Promise.resolve(/\/stop/.test(url) ? { status: 500, body: said } : undefined);
	const hold = holdOf(recordOf(container), () => Promise.resolve());
	await expect(hold.begin()).rejects.toMatchObject({ code: 'container_not_quiet' });
	const ending = hold.end();
	await sleep(8000);
	await container.kill();
	expect(await ending).toMatchObject([{ now: 'running' }]);
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

test('a stop that the engine refuses is not waited for', async () => {
	const container = await stand.run('shop-web');
	stand.proxy.before = ({ url = '' }) =>
		Promise.resolve(
			/\/stop/.test(url) ? { status: 500, body: '{"message":"permission denied"}' } : undefined,
		);
	const hold = holdOf(recordOf(container), () => Promise.resolve());
	await expect(hold.begin()).rejects.toMatchObject({ code: 'container_not_quiet' });
	const began = performance.now();
	expect(await hold.end()).toMatchObject([{ now: 'running' }]);
	expect(performance.now() - began).toBeLessThan(20_000);
});

afterEach(() => {
	stand.proxy.before = () => Promise.resolve(undefined);
});
