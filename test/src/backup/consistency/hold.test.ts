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

function holdOf(record: ContainerRecord, note: JournalRun['note'], maxDowntimeMs?: number): ContainerHold {
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

const leftAlone = {
	action: 'left',
	now: 'as it was',
	warnings: ['something else had stopped or paused it before its turn came, so it is left as it is'],
};

test.each(['stop', 'pause'] as const)(
	'BK-35: what somebody has stopped between the plan and the %s stays stopped',
	async (action) => {
		const container = await stand.run('shop-web');
		await container.stop({ t: 0 });
		const hold = holdOf({ ...recordOf(container), action }, () => Promise.resolve());
		await hold.begin();
		expect(await hold.disturbances()).toEqual([]);
		expect(await hold.end()).toMatchObject([leftAlone]);
		expect(await stand.actions()).toEqual([]);
		expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'exited' });
	},
);

test('BK-35: what somebody stops at the very moment stays stopped too, and the journal says that it was not touched', async () => {
	const container = await stand.run('shop-web');
	stand.proxy.before = async ({ url = '' }) => {
		if (/\/stop/.test(url)) await container.stop({ t: 0 });
		return undefined;
	};
	const notes: Partial<ContainerRecord>[] = [];
	const hold = holdOf(recordOf(container), (_ids, change) => Promise.resolve(void notes.push(change)));
	await hold.begin();
	expect(notes).toContainEqual({ touchedAt: undefined });
	expect(await hold.end()).toMatchObject([leftAlone]);
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'exited' });
});

test('BK-35: what was left stopped and is started while files are read is told', async () => {
	const container = await stand.run('shop-web');
	await container.stop({ t: 0 });
	const hold = holdOf(recordOf(container), () => Promise.resolve());
	await hold.begin();
	await container.start();
	expect(await hold.disturbances()).toEqual([expect.stringContaining('was started meanwhile')]);
	expect(await hold.end()).toMatchObject([leftAlone]);
	expect(await stand.states('shop-web')).toEqual({ 'shop-web': 'running' });
});

afterEach(() => {
	stand.proxy.before = () => Promise.resolve(undefined);
});
