import { execFileSync } from 'node:child_process';
import {
	copyFileSync,
	mkdirSync,
	readFileSync,
	renameSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';

import { writeArtefact } from '../../../src/backup/artefact';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { readDirectory } from '../../../src/backup/directory/read-directory';
import {
	decodeManifest,
	encodeManifest,
	maxManifestBytes,
	type Manifest,
	type ManifestArtefact,
} from '../../../src/backup/manifest';
import { findRestorePoint, listRestorePoints, newRestorePointId } from '../../../src/backup/restore-points';
import { verifyRestorePoint } from '../../../src/backup/verify';
import { Scope } from '../../support/scope';

let scope: Scope;
let root: string;
let destination: DirectoryDestination;
let roots = 0;

beforeAll(async () => {
	scope = await Scope.open('points');
	mkdirSync(scope.path('www'));
	writeFileSync(scope.path('www', 'index.html'), '<h1>shop</h1>'.repeat(1000));
	writeFileSync(scope.path('www', 'logo'), Buffer.alloc(30_000, 7));
});
afterAll(() => scope.close());

beforeEach(() => {
	roots += 1;
	root = scope.path(`backups-${roots}`);
	mkdirSync(root);
	destination = new DirectoryDestination(root);
});

/** A real restore point of a real folder. */
async function backUp(at: string, status: Manifest['status'] = 'ok'): Promise<string> {
	const id = newRestorePointId(new Date(at));
	const writer = await destination.create(`shop/${id}/files-www.tar.zst`);
	const archive = readDirectory({
		root: scope.path('www'),
		blockBytes: 64 * 1024,
		oneFileSystem: true,
		include: [],
		exclude: [],
	});
	const stored = await writeArtefact(
		{ ...archive, finish: async () => ({ entries: archive.totals.entries, warnings: [] }) },
		[{ label: root, writer }],
	);
	const artefact: ManifestArtefact = {
		name: 'files-www',
		file: 'files-www.tar.zst',
		kind: 'directory',
		source: { path: scope.path('www') },
		format: 'tar',
		compression: 'zstd',
		sha256: stored.sha256,
		storedBytes: stored.storedBytes,
		plainBytes: stored.plainBytes,
		entries: stored.entries,
		warnings: [],
	};
	const manifest = await destination.create(`shop/${id}/manifest.json`);
	await manifest.write(
		encodeManifest({
			format: 'opsdesk-backup',
			version: 1,
			id,
			site: { name: 'shop' },
			startedAt: new Date(at).toISOString(),
			finishedAt: new Date(at).toISOString(),
			status,
			artefacts: [artefact],
			failures: [],
			notKept: [],
			recipe: [],
			writtenBy: 'test',
		}),
	);
	await manifest.commit();
	return id;
}

async function verify(id: string) {
	const { folder, manifest } = await findRestorePoint(destination, 'shop', id);
	return await verifyRestorePoint(destination, folder, manifest);
}

test('restore points are listed oldest first, and foreign folders are left out', async () => {
	const newer = await backUp('2026-11-20T02:00:00Z');
	const older = await backUp('2026-11-19T02:00:00Z', 'warning');
	mkdirSync(`${root}/shop/by-hand`);
	writeFileSync(`${root}/shop/notes.txt`, '');
	const points = await listRestorePoints(destination, 'shop');
	expect(points.map(({ id, state }) => ({ id, state }))).toEqual([
		{ id: older, state: 'warning' },
		{ id: newer, state: 'ok' },
	]);
	expect(await listRestorePoints(destination, 'blog')).toEqual([]);
});

test('BK-2 a restore point without a manifest is unfinished, and the newest good one is found past it', async () => {
	const good = await backUp('2026-11-19T02:00:00Z');
	await backUp('2026-11-20T02:00:00Z', 'partial');
	mkdirSync(`${root}/shop/20261121T020000Z-aaaaaa`);
	writeFileSync(`${root}/shop/20261121T020000Z-aaaaaa/files-www.tar.zst.partial`, 'half');
	const points = await listRestorePoints(destination, 'shop');
	expect(points.map(({ state }) => state)).toEqual(['ok', 'partial', 'unfinished']);
	expect((await findRestorePoint(destination, 'shop', 'latest')).id).toBe(good);
	await expect(findRestorePoint(destination, 'shop', '20261121T020000Z-aaaaaa')).rejects.toMatchObject({
		code: 'manifest_invalid',
	});
	await expect(findRestorePoint(destination, 'shop', '20200101T000000Z-aaaaaa')).rejects.toMatchObject({
		code: 'set_not_found',
		remedy: `Good ones are: ${good}.`,
	});
});

test('an edited manifest and one copied from another restore point are unusable, with the reason', async () => {
	const edited = await backUp('2026-11-19T02:00:00Z');
	const file = `${root}/shop/${edited}/manifest.json`;
	writeFileSync(file, readFileSync(file, 'utf8').replace('"shop"', '"blog"'));
	const copied = await backUp('2026-11-20T02:00:00Z');
	renameSync(`${root}/shop/${copied}`, `${root}/shop/20261121T020000Z-bbbbbb`);
	const reasons = (await listRestorePoints(destination, 'shop')).map(
		({ state, reason }) => `${state}: ${reason}`,
	);
	expect(reasons).toEqual([
		expect.stringMatching(/^unusable: .* was changed after it was written\.$/),
		expect.stringMatching(new RegExp(`^unusable: .* belongs to the restore point ${copied}\\.$`)),
	]);
});

test('BK-25 a link, a FIFO and a file of any size under the name of the manifest are never read', async () => {
	const good = await backUp('2026-11-20T02:00:00Z');
	const make: Record<string, (path: string) => void> = {
		'20261121T020000Z-aaaaaa': (path) => symlinkSync(`${root}/shop/${good}/manifest.json`, path),
		'20261122T020000Z-bbbbbb': (path) => execFileSync('mkfifo', [path]),
		'20261123T020000Z-cccccc': (path) => execFileSync('truncate', ['-s', '1T', path]),
	};
	for (const [id, makeAt] of Object.entries(make)) {
		mkdirSync(`${root}/shop/${id}`);
		makeAt(`${root}/shop/${id}/manifest.json`);
	}
	const points = await listRestorePoints(destination, 'shop');
	expect(points.map(({ state, reason }) => `${state}: ${reason}`)).toEqual([
		'ok: undefined',
		expect.stringMatching(/^unusable: .* cannot be read: .*link/i),
		expect.stringMatching(/^unusable: .* cannot be read: it is not a file/),
		expect.stringMatching(/^unusable: .* cannot be read: it is larger than 16777216 bytes/),
	]);
	expect((await findRestorePoint(destination, 'shop', 'latest')).id).toBe(good);
});

test('a good restore point is verified to its last byte', async () => {
	const verdict = await verify(await backUp('2026-11-20T02:00:00Z'));
	expect(verdict).toMatchObject({ ok: true, artefacts: [{ name: 'files-www', ok: true }] });
	expect(verdict.checkedBytes).toBeGreaterThan(0);
});

test('BK-21 every flipped bit and every cut of an artefact is detected, and so are swapped files and junk behind it', async () => {
	const id = await backUp('2026-11-20T02:00:00Z');
	const file = `${root}/shop/${id}/files-www.tar.zst`;
	const good = readFileSync(file);
	for (let step = 0; step < 200; step += 1) {
		const at = (step * 7919) % good.length;
		const flipped = Buffer.from(good);
		flipped[at] = (flipped[at] ?? 0) ^ (1 << (step % 8));
		writeFileSync(file, flipped);
		expect((await verify(id)).ok).toBe(false);
	}
	writeFileSync(file, good);
	for (const length of [0, 1, 100, good.length - 1]) {
		truncateSync(file, length);
		expect((await verify(id)).artefacts[0]?.problem).toBe(
			`the file has ${length} bytes instead of ${good.length}`,
		);
		writeFileSync(file, good);
	}
	writeFileSync(file, Buffer.concat([good, Buffer.from('junk')]));
	expect((await verify(id)).ok).toBe(false);
	writeFileSync(file, good);
	renameSync(file, `${file}.away`);
	expect((await verify(id)).artefacts[0]?.problem).toBe('the file is missing');
	copyFileSync(`${file}.away`, file);
	expect((await verify(id)).ok).toBe(true);
});

test('a manifest is never written larger than it can be read, however many warnings there are', async () => {
	const id = await backUp('2026-11-20T02:00:00Z');
	const { checksum: _, ...fields } = decodeManifest(readFileSync(`${root}/shop/${id}/manifest.json`), 'm');
	const [first] = fields.artefacts;
	if (!first) throw new Error('The manifest names no artefact.');
	const warnings = Array.from({ length: 1000 }, (__, index) => `${index}\u0001${'\u0001'.repeat(1000)}`);
	const artefacts = Array.from({ length: 20 }, (__, index) => ({
		...first,
		name: `files-${index}`,
		file: `files-${index}.tar.zst`,
		warnings: index === 0 ? ['one'] : warnings,
	}));
	const bytes = encodeManifest({ ...fields, artefacts });
	expect(bytes.length).toBeLessThan(maxManifestBytes);
	const read = decodeManifest(bytes, 'm');
	expect(read.artefacts[0]?.warnings).toEqual(['one']);
	expect(read.artefacts[19]?.warnings).toEqual([...warnings.slice(0, 100), 'and 900 more warnings']);
	expect(encodeManifest(fields)).toEqual(readFileSync(`${root}/shop/${id}/manifest.json`));
	expect(() => encodeManifest({ ...fields, recipe: ['x'.repeat(maxManifestBytes)] })).toThrow(
		/could not be read again/,
	);
});

test('a manifest with the figures of too many tables keeps some, and tells how many more there are', async () => {
	const id = await backUp('2026-11-20T02:00:00Z');
	const { checksum: _, ...fields } = decodeManifest(readFileSync(`${root}/shop/${id}/manifest.json`), 'm');
	const tables = Array.from({ length: 150_000 }, (_, n) => ({
		name: `public.table_${n}`,
		rows: n,
		crc32: '0123abcd',
	}));
	const artefacts = fields.artefacts.map((artefact) => ({ ...artefact, tables }));
	const bytes = encodeManifest({ ...fields, artefacts });
	expect(bytes.length).toBeLessThan(maxManifestBytes);
	const [kept] = decodeManifest(bytes, 'm').artefacts;
	expect(kept).toMatchObject({ tables: tables.slice(0, 10_000), omittedTables: 140_000 });
});
