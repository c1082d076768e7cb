import { existsSync, readdirSync } from 'node:fs';

import { holdSite, listSite, pruneSite } from '../../../src/backup';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { BackupError } from '../../../src/backup/errors';
import { pruneDestination } from '../../../src/backup/retention/prune-destination';
import type { PruneOutcome } from '../../../src/backup/retention/reports';
import { Scope } from '../../support/scope';
import { idAt, policyOf, storedIds, storePoint } from './retention-stand';
import { siteOf } from './stand';

// BK-2 and BK-32 here: faults at each step of a removal. A process that is killed leaves what a destination that fails
// for good from that step on leaves, since a removal keeps nothing in memory that it needs later.

const now = new Date('2026-11-20T12:00:00Z');
const policy = policyOf({ keepLast: 1 });

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('prune-faults');
});
afterAll(() => scope.close());

const idOn = (day: number): string => idAt(new Date(`2026-11-${day}T02:00:00Z`));

/** A destination with three old restore points, one of them partial, and a good one of today. */
async function filled(): Promise<string> {
	const root = scope.emptyFolder();
	await storePoint(root, { startedAt: '2026-11-17T02:00:00Z', verified: 'proved' });
	await storePoint(root, { startedAt: '2026-11-18T02:00:00Z', state: 'partial' });
	await storePoint(root, {
		startedAt: '2026-11-19T02:00:00Z',
		held: 'past',
		until: '2026-11-19T03:00:00.000Z',
	});
	await storePoint(root, { startedAt: '2026-11-20T02:00:00Z', verified: 'proved' });
	return root;
}

const siteAt = (root: string) => ({
	...siteOf({ www: scope.emptyFolder() }, { backups: root }),
	retention: policy,
});

/** Calls `before` ahead of every step that changes something; what that throws is what the step throws. */
class WatchedDestination extends DirectoryDestination {
	constructor(
		root: string,
		private readonly before: (step: string, path: string) => void | Promise<void>,
	) {
		super(root);
	}

	override async remove(path: string): Promise<void> {
		await this.before('remove', path);
		await super.remove(path);
	}
}

const prune = (destination: DirectoryDestination): Promise<PruneOutcome> =>
	pruneDestination(destination, 'shop', { policy, now, dryRun: false, assertHeld: () => {} });

/** Whatever lists as good has its data. */
async function expectConsistent(root: string): Promise<void> {
	const { restorePoints, problems } = await listSite(siteAt(root), { now: () => now });
	expect(problems).toEqual([]);
	for (const { id, state } of restorePoints) {
		const files = readdirSync(`${root}/shop/${id}`);
		if (state !== 'unfinished')
			expect(files).toEqual(expect.arrayContaining(['files-www.tar.zst', 'manifest.json']));
	}
	expect(restorePoints[0]).toMatchObject({ id: idOn(20), state: 'ok' });
}

test('BK-2: broken off before each single removal, nothing lists as good without its data, and the next prune finishes', async () => {
	const steps: string[] = [];
	await prune(new WatchedDestination(await filled(), (_step, path) => void steps.push(path)));
	// Three manifests, artefacts and folders, and the records of two.
	expect(steps).toHaveLength(11);
	for (const [index, step] of steps.entries()) {
		const root = await filled();
		let done = 0;
		const killed = new WatchedDestination(root, (_step, path) => {
			if (done === index) throw new BackupError('lock_lost', `killed before ${path}`, '');
			done += 1;
		});
		let alive = true;
		await pruneDestination(killed, 'shop', {
			policy,
			now,
			dryRun: false,
			// Once dead it does nothing more.
			assertHeld: () => {
				if (done === index && !alive) throw new BackupError('lock_lost', 'killed', '');
				if (done === index) alive = false;
			},
		}).catch((thrown: unknown) => expect(thrown).toMatchObject({ code: 'lock_lost' }));
		expect([step, storedIds(root).length]).not.toEqual([step, 1]);
		await expectConsistent(root);
		expect(await pruneSite(siteAt(root), { now: () => now })).toMatchObject({ status: 'ok' });
		expect(readdirSync(`${root}/shop`)).toEqual([idOn(20)]);
	}
});

test('the manifest goes first, then the artefacts, then the records, then the folder, and the oldest restore point first', async () => {
	const root = await filled();
	const steps: string[] = [];
	await prune(new WatchedDestination(root, (_step, path) => void steps.push(path)));
	expect(steps.slice(0, 4)).toEqual([
		`shop/${idOn(17)}/manifest.json`,
		`shop/${idOn(17)}/files-www.tar.zst`,
		`shop/${idOn(17)}/verified.json`,
		`shop/${idOn(17)}`,
	]);
	expect(steps.slice(4).map((step) => step.slice(5))).toEqual([
		`${idOn(18)}/manifest.json`,
		`${idOn(18)}/files-www.tar.zst`,
		idOn(18),
		`${idOn(19)}/manifest.json`,
		`${idOn(19)}/files-www.tar.zst`,
		`${idOn(19)}/hold.json`,
		idOn(19),
	]);
});

/** As a file that may not be removed (EPERM), or one that an object lock protects. */
const refusing = (root: string, refused: (path: string) => boolean): WatchedDestination =>
	new WatchedDestination(root, (_step, path) => {
		if (refused(path))
			throw new BackupError('destination_refused', 'Operation not permitted (EPERM).', 'Allow it.');
	});

test('BK-32: a manifest that cannot be removed is told, and its restore point stays whole', async () => {
	const root = await filled();
	const outcome = await prune(refusing(root, (path) => path.endsWith(`${idOn(18)}/manifest.json`)));
	expect(outcome).toMatchObject({
		status: 'failed',
		problems: [
			{
				code: 'destination_refused',
				message: `shop/${idOn(18)}/manifest.json could not be removed: Operation not permitted (EPERM).`,
				remedy: 'Allow it.',
			},
		],
	});
	expect(storedIds(root)).toEqual([idOn(20), idOn(18)]);
	expect(readdirSync(`${root}/shop/${idOn(18)}`)).toEqual(['files-www.tar.zst', 'manifest.json']);
	await expectConsistent(root);
});

test('BK-32: an artefact that cannot be removed is told, the others go, and its folder lists as unfinished until the next time', async () => {
	const root = await filled();
	const outcome = await prune(refusing(root, (path) => path.endsWith('.tar.zst')));
	expect(outcome.status).toBe('failed');
	expect(outcome.problems.map(({ message }) => message)).toEqual(
		[17, 18, 19].map(
			(day) => `shop/${idOn(day)}/files-www.tar.zst could not be removed: Operation not permitted (EPERM).`,
		),
	);
	expect(outcome.freedBytes).toBeGreaterThan(0);
	for (const day of [17, 18, 19])
		expect(readdirSync(`${root}/shop/${idOn(day)}`)).toEqual(['files-www.tar.zst']);
	await expectConsistent(root);
	expect((await listSite(siteAt(root), {})).restorePoints.map(({ state }) => state)).toEqual([
		'ok',
		'unfinished',
		'unfinished',
		'unfinished',
	]);
	expect(await pruneSite(siteAt(root), { now: () => now })).toMatchObject({ status: 'ok' });
	expect(storedIds(root)).toEqual([idOn(20)]);
});

test('BK-4: nothing more is removed once the lock is lost', async () => {
	const root = await filled();
	let removals = 0;
	const destination = new WatchedDestination(root, () => void (removals += 1));
	const lost = new BackupError('lock_lost', 'Another run has it.', '');
	const assertHeld = (): void => {
		if (removals >= 2) throw lost;
	};
	await expect(
		pruneDestination(destination, 'shop', { policy, now, dryRun: false, assertHeld }),
	).rejects.toBe(lost);
	expect(removals).toBe(2);
	await expectConsistent(root);
});

test('a hold that comes while its restore point is being removed wins, or fails and says so', async () => {
	const site = (root: string) => siteAt(root);
	const context = { now: () => now };
	const request = { restorePoint: idOn(18), reason: 'the audit' };

	// It is written after the first look of the prune and before the manifest is gone.
	const early = await filled();
	const outcome = await prune(
		new WatchedDestination(early, async (_step, path) => {
			if (path.endsWith(`${idOn(18)}/manifest.json`)) {
				expect(await holdSite(site(early), context, request)).toMatchObject({ ok: true });
			}
		}),
	);
	expect(outcome.decisions.find(({ id }) => id === idOn(18))).toMatchObject({ action: 'keep' });
	expect(outcome).toMatchObject({ status: 'pruned', dropped: 2, kept: 2 });
	expect(storedIds(early)).toEqual([idOn(20), idOn(18)]);
	expect(readdirSync(`${early}/shop/${idOn(18)}`).sort()).toEqual([
		'files-www.tar.zst',
		'hold.json',
		'manifest.json',
	]);
	await expectConsistent(early);

	// It is asked for when the manifest is gone already.
	const late = await filled();
	await prune(
		new WatchedDestination(late, async (_step, path) => {
			if (path.endsWith(`${idOn(18)}/files-www.tar.zst`)) {
				await expect(holdSite(site(late), context, request)).rejects.toMatchObject({ code: 'set_not_found' });
			}
		}),
	);
	expect(existsSync(`${late}/shop/${idOn(18)}`)).toBe(false);
});
