import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { backUpSite, listSite } from '../../../../src/backup';
import type { Destination } from '../../../../src/backup/destinations/destination';
import { takeLock, type SiteLock } from '../../../../src/backup/lock';
import { encodeHolder, newHolder } from '../../../../src/backup/lock-holder';
import { errorOf } from '../stand';
import { noise, useBucket } from './s3-stand';

// The server of the tests ignores the conditions of writes without a word, as older services do. The proxy before it
// can keep them as the documentation of Amazon S3 says. Runs must not meet in either.

const stand = useBucket('s3-locks');
const held: SiteLock[] = [];
let runs = 0;

afterEach(async () => {
	for (const lock of held.splice(0)) await lock.release();
});

async function take(destination: Destination, options: object = {}) {
	runs += 1;
	const result = await takeLock(destination, {
		folder: 'shop',
		run: `run-${runs}`,
		work: 'backup',
		now: new Date(),
		waitMs: 0,
		heartbeatMs: 1000,
		staleAfterMs: 60_000,
		...options,
	});
	if ('lock' in result) held.push(result.lock);
	return result;
}

const lockPath = 'shop/backup.lock';
const dead = encodeHolder({ ...newHolder('dead', new Date('2026-11-20T02:00:00Z')), pid: 4_194_304 });

describe.each([
	['ignores conditions', false],
	['keeps conditions', true],
])('at a service that %s', (_, knowsConditions) => {
	beforeEach(() => {
		stand.proxy.knowsConditions = knowsConditions;
	});

	test('BK-4: of several that want one name at once exactly one gets it, again and again', async () => {
		const destinations = await Promise.all(Array.from({ length: 6 }, () => stand.open()));
		for (let round = 0; round < 5; round += 1) {
			const path = `shop/lock-${round}`;
			let holders = 0;
			const attempts = destinations.map(async (destination, index) => {
				const content = Buffer.from(`holder ${index}`);
				// Whoever is told no asks again, until somebody has it.
				while (!(await destination.createNew(path, content))) {
					if (await destination.stamp(path)) return undefined;
				}
				holders += 1;
				return content.toString();
			});
			const winners = (await Promise.all(attempts)).filter((content) => content !== undefined);
			expect(holders).toBe(1);
			expect((await destinations[0]?.readSmall(path, 100))?.toString()).toBe(winners[0]);
		}
		expect(stand.objects().filter((name) => name.includes('.locks'))).toEqual([]);
	});

	test('BK-4: of two runs at once one runs, and the other is skipped with holder and time', async () => {
		const www = stand.scope.emptyFolder();
		writeFileSync(`${www}/page`, noise(3_000_000));
		// The first holds the lock until the second has looked.
		let oneIsDone: Promise<unknown> = Promise.resolve();
		stand.proxy.fault = ({ name }) =>
			name.endsWith('files-www.tar.zst') ? { afterwards: async () => void (await oneIsDone) } : undefined;
		const site = stand.site({ www });
		const runs = [backUpSite(site, stand.context), backUpSite(site, stand.context)];
		oneIsDone = Promise.race(runs).catch(() => {});
		const reports = await Promise.all(runs);
		expect(reports.map(({ status }) => status).sort()).toEqual(['ok', 'skipped']);
		expect(reports.find(({ status }) => status === 'skipped')?.message).toMatch(
			/^Skipped: locked by process \d+/,
		);
		expect((await listSite(site, stand.context)).restorePoints).toHaveLength(1);
		expect(stand.objects().every((name) => /\/(?:files-www\.tar\.zst|manifest\.json)$/.test(name))).toBe(
			true,
		);
	});

	test('BK-5: the lock of a process that is gone goes to one of those that want it', async () => {
		const destinations = await Promise.all(Array.from({ length: 3 }, () => stand.open()));
		await destinations[0]?.createNew(lockPath, dead);
		const results = await Promise.all(destinations.map((destination) => take(destination)));
		const locks = results.filter((result) => 'lock' in result);
		expect(locks).toHaveLength(1);
		// Who has taken it over is not always who gets it then.
		const others = results.filter((result) => 'heldBy' in result);
		expect(others.map(({ heldBy }) => heldBy)).toEqual(
			Array.from({ length: 2 }, () => expect.stringContaining(`process ${process.pid} `) as string),
		);
		await expect(locks[0]?.lock.confirm()).resolves.toBeUndefined();
		expect(stand.objects().filter((name) => name.includes('stale'))).toEqual([]);
	});

	test('BK-4: a lock that changed hands just before it is moved away stays with its new holder', async () => {
		const [destination, other] = [await stand.open(), await stand.open()];
		await destination.createNew(lockPath, dead);
		const alive = Buffer.from('of another run');
		let changed = false;
		// Between the look at the lock and its removal; for a service without conditions before the last look.
		const moment = knowsConditions ? `DELETE web-1/${lockPath}` : `PUT web-1/${lockPath}.moved`;
		stand.proxy.fault = ({ name }) => {
			if (changed || name !== moment) return undefined;
			changed = true;
			writeFileSync(stand.fileOf(`web-1/${lockPath}`), alive);
			writeFileSync(`${stand.fileOf(`web-1/${lockPath}`)}.md5`, '0'.repeat(32));
			return undefined;
		};
		expect(await destination.rename(lockPath, 'backup.lock.moved')).toBe(false);
		expect(changed).toBe(true);
		expect((await other.readSmall(lockPath, 100))?.toString()).toBe('of another run');
		expect(stand.objects()).toEqual([`web-1/${lockPath}`]);
	});

	test('an answer that is lost does not make a run wait for its own lock', async () => {
		let lost = false;
		stand.proxy.fault = ({ name }) => {
			if (lost || name !== `PUT web-1/${lockPath}`) return undefined;
			lost = true;
			return { loseAnswer: true };
		};
		expect(await take(await stand.open())).toMatchObject({ lock: expect.anything() });
		expect(lost).toBe(true);
	});
});

test('BK-5: the claim of a run that was killed is removed after it was watched, and not before', async () => {
	const killed = `web-1/shop/.locks/backup.lock/${'0'.repeat(16)}`;
	const destination = await stand.open({}, { claimStaleMs: 120_000 });
	// As it would be written: the proxy lets it through and the process ends.
	await destination.createNew(`shop/.locks/backup.lock/${'0'.repeat(16)}`, Buffer.from('claim'));
	expect(await destination.createNew(lockPath, Buffer.from('x'))).toBe(false);
	expect(stand.objects()).toContain(killed);
	const clock = performance.now.bind(performance);
	const later = jest.spyOn(performance, 'now').mockImplementation(() => clock() + 120_000);
	while (!(await destination.createNew(lockPath, Buffer.from('x')))) await sleep(50);
	later.mockRestore();
	expect(stand.objects()).toEqual([`web-1/${lockPath}`]);
});

test('BK-4: who was stopped for so long that his claim was removed takes back what he has made', async () => {
	const [sleeper, other] = [await stand.open(), await stand.open()];
	stand.proxy.fault = ({ name }) => {
		if (name !== `PUT web-1/${lockPath}`) return undefined;
		const claim = stand.objects().find((object) => object.includes('/.locks/'));
		return { afterwards: async () => other.remove((claim ?? '').replace('web-1/', '')) };
	};
	expect(await sleeper.createNew(lockPath, Buffer.from('late'))).toBe(false);
	expect(stand.objects()).toEqual([]);
});

test('a holder whose service cannot be reached any more gives up before others may think it dead', async () => {
	const destination = await stand.open({}, { attempts: 1, resumes: 0 });
	const result = await take(destination, { staleAfterMs: 0 });
	stand.proxy.fault = () => ({ answer: { status: 503, code: 'SlowDown' } });
	if (!('lock' in result)) throw new Error('It was not taken.');
	expect(await errorOf(result.lock.confirm())).toMatchObject({ code: 'lock_lost' });
	stand.proxy.reset();
});

test('a folder with more entries than one page of a listing is told wholly', async () => {
	const destination = await stand.open();
	const names = Array.from({ length: 1003 }, (_, index) => `entry-${String(index).padStart(4, '0')}`);
	await destination.createNew('shop/entry-0000', Buffer.from('x'));
	const file = stand.fileOf('web-1/shop/entry-0000');
	for (const name of names.slice(1)) writeFileSync(file.replace('entry-0000', name), 'x');
	expect((await destination.list('shop')).map(({ name }) => name)).toEqual(names);
	expect(stand.proxy.seen('LIST web-1/shop/').length).toBeGreaterThanOrEqual(2);
});
