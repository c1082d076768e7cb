import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Destination } from '../../../src/backup/destinations/destination';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { openEngineDestination } from '../../../src/backup/destinations/engine';
import { failureOf, filesIn, useBackupStand } from './engine-stand';

// What runs rely on, in a destination of either kind.

const stand = useBackupStand('destinations', ['tools']);

afterEach(() => {
	stand.proxy.before = () => Promise.resolve(undefined);
});

/** Opens a destination of that kind for the time of some work. */
async function withDestination(
	kind: string,
	root: string,
	work: (destination: Destination) => Promise<void>,
): Promise<void> {
	const destination =
		kind === 'engine'
			? await openEngineDestination(root, 'shop', stand.context())
			: new DirectoryDestination(root);
	try {
		await work(destination);
	} finally {
		await destination.close();
	}
}

describe.each([['directory'], ['engine']])('in a destination of the kind "%s"', (kind) => {
	test('links are told as files, never as folders, and are removed without what they lead to', async () => {
		const [root, outside] = [stand.folder(), stand.folder()];
		mkdirSync(join(root, 'shop/folder'), { recursive: true });
		writeFileSync(join(root, 'shop/file\n'), '');
		writeFileSync(join(outside, 'victim'), 'untouched');
		symlinkSync(outside, join(root, 'shop/link'));
		symlinkSync('folder', join(root, 'shop/inner'));
		symlinkSync('/nowhere', join(root, 'shop/.dangling'));
		await withDestination(kind, root, async (destination) => {
			expect(await destination.list('shop')).toEqual([
				{ name: '.dangling', isFolder: false },
				{ name: 'file\n', isFolder: false },
				{ name: 'folder', isFolder: true },
				{ name: 'inner', isFolder: false },
				{ name: 'link', isFolder: false },
			]);
			for (const name of ['inner', 'link', '.dangling']) await destination.remove(`shop/${name}`);
			expect(await destination.list('none')).toEqual([]);
		});
		expect(filesIn(root)).toEqual(['shop', 'shop/file\n', 'shop/folder']);
		expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('untouched');
	});

	test('a folder that holds something is not removed, and what is missing counts as removed', async () => {
		const root = stand.folder();
		mkdirSync(join(root, 'shop/full/of'), { recursive: true });
		await withDestination(kind, root, async (destination) => {
			expect(await failureOf(destination.remove('shop/full'))).toMatchObject({ code: 'destination_refused' });
			await destination.remove('shop/none');
		});
		expect(filesIn(root)).toEqual(['shop', 'shop/full', 'shop/full/of']);
	});

	test('a name is taken only once, and what has it stays as it is', async () => {
		const [root, outside] = [stand.folder(), stand.folder()];
		await withDestination(kind, root, async (destination) => {
			expect(await destination.createNew('shop/lock', Buffer.from('first'))).toBe(true);
			expect(await destination.createNew('shop/lock', Buffer.from('second'))).toBe(false);
			symlinkSync(join(outside, 'planted'), join(root, 'shop/link'));
			expect(await destination.createNew('shop/link', Buffer.from('second'))).toBe(false);
			expect((await destination.readSmall('shop/lock', 100))?.toString()).toBe('first');
			expect(await destination.rename('shop/lock', 'taken')).toBe(true);
			expect(await destination.rename('shop/lock', 'taken')).toBe(false);
			expect(await destination.stamp('shop/lock')).toBeUndefined();
			await destination.touch('shop/lock');
		});
		expect(filesIn(root)).toEqual(['shop', 'shop/link', 'shop/taken']);
		expect(readdirSync(outside)).toEqual([]);
	});

	test('BK-1: a new file that does not fit leaves its name free', async () => {
		const root = stand.folder();
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', root]);
		try {
			mkdirSync(join(root, 'shop'));
			execFileSync('sh', ['-c', 'cat /dev/zero > "$0/filler" 2>/dev/null || true', root]);
			await withDestination(kind, root, async (destination) => {
				const attempt = destination.createNew('shop/lock', Buffer.alloc(1000, 'x'));
				expect(await failureOf(attempt)).toMatchObject({ code: 'destination_full' });
			});
			expect(filesIn(root)).toEqual(['filler', 'shop']);
		} finally {
			execFileSync('umount', ['-l', root]);
		}
	});

	test('a small file that is not small is not read', async () => {
		const root = stand.folder();
		mkdirSync(join(root, 'shop'));
		execFileSync('truncate', ['-s', '100M', join(root, 'shop/manifest.json')]);
		await withDestination(kind, root, async (destination) => {
			expect(await failureOf(destination.readSmall('shop/manifest.json', 1000))).toMatchObject({
				name: 'BackupError',
				message: expect.stringContaining('manifest.json'),
			});
			expect(await destination.readSmall('shop/none', 1000)).toBeUndefined();
			expect(await destination.sizeBytes('shop')).toBeUndefined();
		});
	});
});

test('a path that climbs out of a destination on the host is never used', async () => {
	const root = stand.folder();
	await withDestination('engine', root, async (destination) => {
		await expect(destination.readSmall('shop/../../secret', 1000)).rejects.toThrow('must not climb');
	});
});

test('BK-14: a file that has another size on the host than was sent there gets no final name', async () => {
	const root = stand.folder();
	await withDestination('engine', root, async (destination) => {
		const writer = await destination.create('shop/files-www.tar.zst');
		await writer.write(Buffer.alloc(1000, 1));
		// Once all of it has been written, and before it is looked at.
		stand.proxy.before = ({ method, url = '' }) => {
			if (method === 'POST' && url.endsWith('/exec')) {
				truncateSync(join(root, 'shop/files-www.tar.zst.partial'), 999);
			}
			return Promise.resolve(undefined);
		};
		expect(await failureOf(writer.commit())).toMatchObject({
			code: 'destination_refused',
			message: expect.stringContaining('another size than was written'),
		});
		expect(readdirSync(join(root, 'shop'))).toEqual(['files-www.tar.zst.partial']);
		stand.proxy.before = () => Promise.resolve(undefined);
		await writer.abort();
	});
	expect(readdirSync(join(root, 'shop'))).toEqual([]);
});
