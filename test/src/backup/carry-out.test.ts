import { BackupError } from '../../../src/backup/errors';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import type { SiteLock } from '../../../src/backup/lock';
import type { ManifestArtefact } from '../../../src/backup/manifest';
import { carryOut, type Restoration } from '../../../src/backup/restore/carry-out';
import type { RestoreTarget } from '../../../src/backup/restore/target';
import type { UsersAtRest } from '../../../src/backup/restore/users-at-rest';
import { errorOf } from './stand';

let calls: string[];
beforeEach(() => (calls = []));

/** An artefact and a target that writes down what is asked of it. */
function restoration(name: string, changes: Partial<RestoreTarget> = {}): Restoration {
	const call = async (what: string): Promise<void> => {
		calls.push(`${what} ${name}`);
		await changes[what as 'check']?.();
	};
	const target: RestoreTarget = {
		label: changes.label ?? `directory /srv/${name}`,
		check: () => call('check'),
		fill: async () => {
			await call('fill');
			return {};
		},
		swap: async () => {
			await call('swap');
			return {};
		},
		takeBack: async () => {
			calls.push(`takeBack ${name}`);
			return await changes.takeBack?.();
		},
		discard: () => call('discard'),
	};
	const artefact: ManifestArtefact = {
		name,
		file: `${name}.tar.zst`,
		kind: 'directory',
		source: {},
		format: 'tar',
		compression: 'zstd',
		sha256: '',
		storedBytes: 0,
		plainBytes: 0,
		warnings: [],
	};
	return { artefact, target };
}

const failing = (code: 'target_swap_failed' | 'target_refused', message = 'It failed.') =>
	jest.fn(() => Promise.reject(new BackupError(code, message, 'None.')));

const run = (work: Restoration[], signal?: AbortSignal, lock?: SiteLock, users?: UsersAtRest) =>
	carryOut(work, new DirectoryDestination('/nowhere'), 'shop/id', { signal }, lock, users);

/** Containers that are stopped for the change and started after it. */
const stopped = {
	check: () => Promise.resolve(),
	begin: () => Promise.resolve(calls.push('stop')),
	giveUp: () => Promise.resolve(calls.push('start')).then(() => []),
} as unknown as UsersAtRest;

test('all targets are checked, then all are filled, then the lock is looked at, and only then one is swapped', async () => {
	const lock = {
		assertHeld: () => calls.push('assert'),
		confirm: () => Promise.resolve(calls.push('confirm')),
	} as unknown as SiteLock;
	await run([restoration('a'), restoration('b')], undefined, lock);
	expect(calls).toEqual([
		...['check a', 'check b', 'assert', 'fill a', 'assert', 'fill b'],
		...['confirm', 'swap a', 'swap b'],
	]);
});

test('a lock that is known to be lost stops the work before more is filled', async () => {
	const lost = new BackupError('lock_lost', 'It is lost.', 'None.');
	const assertHeld = jest.fn(() => {
		if (calls.includes('fill a')) throw lost;
	});
	const lock = { assertHeld, confirm: () => Promise.resolve() } as unknown as SiteLock;
	expect(await errorOf(run([restoration('a'), restoration('b')], undefined, lock))).toBe(lost);
	// The other way round: databases need the roles that came before them.
	expect(calls).toEqual(['check a', 'check b', 'fill a', 'discard b', 'discard a']);
});

test('what was swapped is not discarded, and what was not is, with both told', async () => {
	const work = [restoration('a'), restoration('b', { swap: failing('target_refused') }), restoration('c')];
	expect(await errorOf(run(work))).toMatchObject({
		code: 'target_swap_failed',
		message: 'It failed. Restored already: a (directory /srv/a). Not restored: b, c.',
	});
	expect(calls.slice(-4)).toEqual(['swap a', 'swap b', 'discard c', 'discard b']);
});

test('BK-27: with containers stopped for it, what was swapped is taken back before they start when another swap fails', async () => {
	const work = () => [
		restoration('a'),
		restoration('b'),
		restoration('c', { swap: failing('target_refused') }),
	];
	expect(await errorOf(run(work(), undefined, undefined, stopped))).toMatchObject({
		code: 'restore_rolled_back',
		message:
			'The restore was rolled back, because a part of it failed: It failed. As before: directory /srv/a, directory /srv/b.',
		remedy: 'None.',
	});
	expect(calls.slice(-5)).toEqual(['swap c', 'takeBack b', 'takeBack a', 'start', 'discard c']);
	const [, ...others] = work();
	const left = [restoration('a', { takeBack: () => Promise.resolve('A part is left.') }), ...others];
	expect(await errorOf(run(left, undefined, undefined, stopped))).toMatchObject({
		code: 'restore_rolled_back',
		message: expect.stringMatching(/directory \/srv\/b\. A part is left\.$/),
	});
	const stuck = [restoration('a', { takeBack: failing('target_refused') }), ...others];
	expect(await errorOf(run(stuck, undefined, undefined, stopped))).toMatchObject({
		code: 'target_swap_failed',
		message: 'It failed. Restored already: a (directory /srv/a). Taken back: b. Not restored: c.',
	});
});

test('a staging place that cannot be removed is told, and the others are removed all the same', async () => {
	const discard = failing('target_refused');
	const work = [restoration('a', { discard }), restoration('b', { fill: failing('target_refused') })];
	expect(await errorOf(run(work))).toMatchObject({
		code: 'target_swap_failed',
		message: 'It failed. Staging places could not be removed: directory /srv/a.',
	});
	expect(calls.slice(-2)).toEqual(['discard b', 'discard a']);
});

test('a change that could not be taken back is told as that, also when the restore was cancelled meanwhile', async () => {
	const cancelling = new AbortController();
	const swap = (code: 'target_swap_failed' | 'target_refused') => () => {
		cancelling.abort();
		return failing(code)();
	};
	const mixed = [restoration('a', { swap: swap('target_swap_failed') })];
	expect(await errorOf(run(mixed, cancelling.signal))).toMatchObject({ code: 'target_swap_failed' });
	expect(await errorOf(run([restoration('a')], cancelling.signal))).toMatchObject({ code: 'cancelled' });
});

test('once the first is swapped, a cancellation does not leave the others out', async () => {
	const cancelling = new AbortController();
	const swap = (): Promise<object> => Promise.resolve(cancelling.abort()).then(() => ({}));
	await run([restoration('a', { swap }), restoration('b')], cancelling.signal);
	expect(calls.slice(-2)).toEqual(['swap a', 'swap b']);
});

test.each([
	['directory /srv/www', 'directory /srv/www'],
	['directory /srv/www', 'directory /srv/www/uploads'],
	['directory /srv/www/uploads', 'directory /srv/www'],
])('"%s" and "%s" are not restored together', async (first, second) => {
	const work = [restoration('a', { label: first }), restoration('b', { label: second })];
	expect(await errorOf(run(work))).toMatchObject({ code: 'target_refused' });
	expect(calls).toEqual(['discard b', 'discard a']);
});

test('places whose names only begin alike are restored together', async () => {
	const labels = ['directory /srv/www', 'directory /srv/www2'];
	await run(labels.map((label, index) => restoration(String(index), { label })));
	expect(calls.slice(-2)).toEqual(['swap 0', 'swap 1']);
});
