import type { Destination } from '../../../src/backup/destinations/destination';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { openEngineDestination } from '../../../src/backup/destinations/engine';
import { failureOf, useBackupStand } from './engine-stand';
import { noise, useBucket } from './s3/s3-stand';

// What runs rely on, by the interface alone and so in destinations of every kind.

const stand = useBackupStand('contract', ['tools']);
const bucket = useBucket('contract-s3');

describe.each([
	['directory', () => Promise.resolve<Destination>(new DirectoryDestination(stand.folder()))],
	['engine', () => openEngineDestination(stand.folder(), 'shop', stand.context())],
	['s3', () => bucket.open()],
])('in a destination of the kind "%s"', (kind, open) => {
	let destination: Destination;
	beforeEach(async () => {
		destination = await open();
	});
	afterEach(() => destination.close());

	const text = async (path: string) => (await destination.readSmall(path, 1000))?.toString();

	test('a file can be seen only once it is committed, and is then what was written', async () => {
		const writer = await destination.create('shop/id/files-www.tar.zst');
		const content = noise(20_000_000);
		// The memory of what was written is used again at once.
		const block = Buffer.alloc(1_000_003);
		for (let at = 0; at < content.length; at += block.length) {
			const size = content.copy(block, 0, at);
			await writer.write(block.subarray(0, size));
			block.fill(0);
		}
		expect(await destination.sizeBytes('shop/id/files-www.tar.zst')).toBeUndefined();
		await writer.commit();
		expect(await destination.sizeBytes('shop/id/files-www.tar.zst')).toBe(content.length);
		const parts: Buffer[] = [];
		for await (const part of destination.read('shop/id/files-www.tar.zst')) parts.push(Buffer.from(part));
		expect(Buffer.concat(parts).equals(content)).toBe(true);
		expect(await destination.list('shop')).toEqual([{ name: 'id', isFolder: true }]);
		expect(await destination.list('shop/id')).toEqual([{ name: 'files-www.tar.zst', isFolder: false }]);
	});

	test.each([
		['small', 1000],
		['large', 12_000_000],
	])('nothing stays of a %s file that was given up', async (_size, sizeBytes) => {
		const writer = await destination.create('shop/id/files-www.tar.zst');
		await writer.write(noise(sizeBytes));
		await writer.abort();
		expect(await destination.list('shop/id')).toEqual([]);
		expect(await destination.sizeBytes('shop/id/files-www.tar.zst')).toBeUndefined();
	});

	test('an empty file is a file', async () => {
		const writer = await destination.create('shop/id/manifest.json');
		await writer.commit();
		expect(await destination.sizeBytes('shop/id/manifest.json')).toBe(0);
		expect(await text('shop/id/manifest.json')).toBe('');
	});

	test('a name is taken only once, and what has it stays as it is', async () => {
		expect(await destination.createNew('shop/lock', Buffer.from('first'))).toBe(true);
		expect(await destination.createNew('shop/lock', Buffer.from('second'))).toBe(false);
		expect(await destination.createNew('shop/lock', Buffer.from('first'))).toBe(false);
		expect(await text('shop/lock')).toBe('first');
		await destination.remove('shop/lock');
		expect(await destination.createNew('shop/lock', Buffer.from('second'))).toBe(true);
	});

	test('a file that is renamed is there under the new name alone', async () => {
		await destination.createNew('shop/lock', Buffer.from('first'));
		expect(await destination.rename('shop/lock', 'taken')).toBe(true);
		expect(await destination.rename('shop/lock', 'taken')).toBe(false);
		expect(await destination.list('shop')).toEqual([{ name: 'taken', isFolder: false }]);
		expect(await text('shop/taken')).toBe('first');
	});

	test('the stamp of a file changes with every sign of life and stays without one', async () => {
		await destination.touch('shop/lock');
		expect(await destination.stamp('shop/lock')).toBeUndefined();
		await destination.createNew('shop/lock', Buffer.from('first'));
		const stamps = new Set<string | undefined>();
		for (let look = 0; look < 3; look += 1) {
			stamps.add(await destination.stamp('shop/lock'));
			expect(await destination.stamp('shop/lock')).toBe([...stamps].at(-1));
			await destination.touch('shop/lock');
		}
		expect(stamps.size).toBe(3);
		expect(await text('shop/lock')).toBe('first');
		expect(await destination.list('shop')).toEqual([{ name: 'lock', isFolder: false }]);
		await destination.remove('shop/lock');
		expect(await destination.stamp('shop/lock')).toBeUndefined();
	});

	test('the room that is left is told where there is an end to it', async () => {
		const { sizeBytes, entries } = await destination.space();
		if (kind === 's3') return expect([sizeBytes, entries]).toEqual([undefined, undefined]);
		expect(sizeBytes).toBeGreaterThan(0);
		expect(entries).toBeGreaterThan(0);
	});

	test('what is missing counts as removed, is empty, and has no content', async () => {
		await destination.remove('shop/none');
		expect(await destination.list('none')).toEqual([]);
		expect(await text('shop/none')).toBeUndefined();
	});

	test('a small file that is not small is not read', async () => {
		await destination.createNew('shop/manifest.json', Buffer.alloc(2000, 'x'));
		expect(await failureOf(destination.readSmall('shop/manifest.json', 1000))).toMatchObject({
			name: 'BackupError',
			message: expect.stringContaining('manifest.json'),
		});
	});
});
