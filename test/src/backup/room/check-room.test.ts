import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';

import { backUpSite } from '../../../../src/backup';
import { DirectoryDestination } from '../../../../src/backup/destinations/directory';
import { ContentSizes } from '../../../../src/backup/room/content-sizes';
import { Scope } from '../../../support/scope';
import { listTree, siteOf } from '../stand';

let scope: Scope;
let small: string;

beforeAll(async () => {
	scope = await Scope.open('room');
});
afterAll(() => scope.close());
beforeEach(() => {
	small = scope.emptyFolder();
});
afterEach(() => {
	execFileSync('umount', ['-l', small]);
});

/** A disk of its own at `small`. */
const mount = (options: string): void =>
	void execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', small]);

function folder(files: Record<string, Buffer> = {}): string {
	const path = scope.emptyFolder();
	for (const [name, content] of Object.entries(files)) writeFileSync(`${path}/${name}`, content);
	return path;
}

test('BK-1: a destination with less room than the last good restore point took fails before anything is read', async () => {
	mount('size=8m');
	const [www, other] = [folder({ random: randomBytes(5_000_000) }), folder()];
	const site = siteOf({ www }, { small, other });
	const earlier = await backUpSite(site, {});
	expect(earlier.status).toBe('ok');
	const before = listTree(small);
	const progress = jest.fn();
	const alone = await backUpSite(siteOf({ www }, { small }), { progress });
	expect(alone).toMatchObject({
		status: 'failed',
		message: expect.stringMatching(
			/^Failed, nothing was stored\. small: There is too little room in \S+: the backup needs about 5\.3 MB \(5 MB as the last good one, and 5 % more\), and 3\.\d MB are free\.$/,
		),
		artefacts: [],
		destinations: [
			{
				status: 'failed',
				problems: [{ code: 'destination_full', remedy: expect.stringContaining('Nothing was stopped') }],
			},
		],
	});
	expect(progress).not.toHaveBeenCalled();
	expect(listTree(small)).toEqual(before);
	expect(await backUpSite(site, {})).toMatchObject({
		status: 'partial',
		destinations: [
			{ name: 'small', status: 'failed' },
			{ name: 'other', status: 'ok' },
		],
	});
	// Whatever a source holds now, what it took before is what is known of it.
	rmSync(`${www}/random`);
	expect(await backUpSite(siteOf({ www }, { small }), {})).toMatchObject({ status: 'failed' });
});

test('of what was never stored a fourth must fit, its holes and what is left out not counted', async () => {
	mount('size=2m');
	const www = folder({ random: randomBytes(6_000_000), 'cache.log': randomBytes(6_000_000) });
	linkSync(`${www}/random`, `${www}/twin`);
	truncateSync(`${www}/random`, 1_000_000_000);
	const exclude = ['*.log'];
	const site = (more: object) =>
		siteOf({}, { small }, { backup: { directories: [{ name: 'www', path: www, ...more }] } });
	// It is tried and does not fit, because noise does not compress.
	expect(await backUpSite(site({ exclude }), {})).toMatchObject({
		artefacts: [{ status: 'failed', problem: { code: 'destination_full' } }],
	});
	expect(await backUpSite(site({}), {})).toMatchObject({
		status: 'failed',
		message: expect.stringMatching(
			/needs about 3 MB \(a fourth of the 12 MB that are new, .*\), and 2\.\d MB are free/,
		),
		artefacts: [],
	});
	writeFileSync(`${www}/cache.log`, Buffer.alloc(6_000_000, 'a line that comes again and again\n'));
	rmSync(`${www}/random`);
	rmSync(`${www}/twin`);
	expect(await backUpSite(site({}), {})).toMatchObject({ status: 'ok' });
});

test('a tree is walked through only where all that is in use of its disk might not fit', async () => {
	mount('size=8m');
	writeFileSync(`${small}/random`, randomBytes(4_000_000));
	const walk = jest.spyOn(ContentSizes.prototype, 'of');
	const space = jest.spyOn(DirectoryDestination.prototype, 'space');
	const run = async (sizeBytes: number) => {
		space.mockResolvedValue({ sizeBytes, entries: undefined });
		return await backUpSite(siteOf({ www: small }, { elsewhere: scope.emptyFolder() }), {});
	};
	try {
		expect(await run(1_100_000)).toMatchObject({ status: 'ok' });
		expect(walk).not.toHaveBeenCalled();
		expect(await run(900_000)).toMatchObject({ status: 'failed', artefacts: [] });
		expect(walk).toHaveBeenCalledTimes(1);
	} finally {
		jest.restoreAllMocks();
	}
});

test('BK-39: a destination that can make no more files says that, and not that it is full of bytes', async () => {
	mount('size=8m,nr_inodes=6');
	const www = folder({ a: Buffer.from('alpha') });
	const unfinished = 'shop/20261120T020000Z-1a2b3c';
	mkdirSync(`${small}/${unfinished}`, { recursive: true });
	expect(await backUpSite(siteOf({ www }, { small }), {})).toMatchObject({
		status: 'failed',
		destinations: [
			{
				problems: [
					{
						code: 'destination_full',
						message: `No more files can be made in ${small}: the backup needs 4, and there is room for 2 (inodes).`,
						remedy: expect.stringContaining(`left ${unfinished} there`),
					},
				],
			},
		],
	});
	for (const name of ['a', 'b', 'c']) writeFileSync(`${small}/${name}`, '');
	expect(await backUpSite(siteOf({ www }, { small }), {})).toMatchObject({
		status: 'failed',
		message: expect.stringMatching(/[1-9]\d* bytes are free, but no more files can be made \(inodes\)/),
	});
});

test('BK-39: it is told when every copy lies on the disk of its source, and only then', async () => {
	mount('size=8m');
	const [www, here] = [folder({ a: Buffer.from('alpha') }), folder()];
	const alone = await backUpSite(siteOf({ www }, { here }), {});
	expect(alone).toMatchObject({
		status: 'ok',
		message: expect.stringContaining(
			'Every copy of files-www lies on the same disk as what was backed up: when that disk breaks, both are gone. Add a destination elsewhere.',
		),
		destinations: [{ name: 'here', sameDiskAs: ['files-www'] }],
	});
	const two = await backUpSite(siteOf({ www }, { here, small }), {});
	expect(two.message).not.toContain('same disk');
	expect(two.destinations).toMatchObject([{ sameDiskAs: ['files-www'] }, { status: 'ok' }]);
	expect(two.destinations[1]).not.toHaveProperty('sameDiskAs');
});
