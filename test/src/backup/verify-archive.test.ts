import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';

import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { ProgressMeter } from '../../../src/backup/progress';
import { readArtefact } from '../../../src/backup/read-artefact';
import { endOfArchive } from '../../../src/shared';
import { verifyRestorePoint } from '../../../src/backup/verify';
import { DockerError } from '../../../src/docker';
import { entry, file, hostileArchives } from '../../support/hostile-archives';
import { Scope } from '../../support/scope';
import { errorOf } from './stand';
import { archiveArtefact, storeRestorePoint, verdictOn } from './verdict';

const good = Buffer.concat([entry('./', 'directory'), file('index.html', 'shop'), endOfArchive]);
const name = { name: 'files-www', file: 'files-www.tar.zst' };

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('verify-archive');
});
afterAll(() => scope.close());

/** A destination that breaks off after the first piece. */
class Breaking extends DirectoryDestination {
	constructor(
		root: string,
		private readonly fault: Error,
	) {
		super(root);
	}

	override async *read(path: string): AsyncGenerator<Buffer, void, undefined> {
		for await (const piece of super.read(path)) {
			yield piece.subarray(0, piece.length >> 1);
			throw this.fault;
		}
	}
}

const lost = () =>
	new DockerError('connection_lost', 'The connection to tcp://docker was closed.', 'Run again.');

test('a stored archive is read to its end, and its entries are compared with the manifest', async () => {
	expect(await verdictOn(scope.path('backups'), archiveArtefact, good, 2)).toEqual({ ...name, ok: true });
	expect(await verdictOn(scope.path('backups'), archiveArtefact, good, 3)).toEqual({
		...name,
		ok: false,
		problem: 'the content has 2 entries instead of 3',
	});
	expect(await verdictOn(scope.path('backups'), archiveArtefact, good.subarray(0, -1024), 2)).toMatchObject({
		ok: false,
		problem: expect.stringMatching(/^The archive ends in the middle/),
	});
});

test.each(hostileArchives)(
	'BK-25 an archive with %s is not ok, though its hash is right',
	async (_, parts) => {
		const content = Buffer.concat([...parts(scope.path('elsewhere')), endOfArchive]);
		expect(await verdictOn(scope.path('backups'), archiveArtefact, content)).toMatchObject({
			ok: false,
			problem: expect.stringMatching(/^The archive is refused: /),
		});
	},
);

test('a destination that cannot be reached is told as such and not as a damaged artefact', async () => {
	const root = scope.path('unreachable');
	const { folder, manifest } = storeRestorePoint(root, archiveArtefact, good, 2);
	const thrown = lost();
	const destination = new Breaking(root, thrown);
	expect(await errorOf(verifyRestorePoint(destination, folder, manifest))).toBe(thrown);
	const [artefact] = manifest.artefacts;
	if (!artefact) throw new Error('The manifest names no artefact.');
	const reading = async () => {
		const meter = new ProgressMeter('restore', artefact.name, undefined);
		for await (const piece of readArtefact(destination, folder, artefact, meter)) void piece;
	};
	expect(await errorOf(reading())).toBe(thrown);
});

test('BK-21: what is read for a restore is held against the manifest once more, up to its last byte', async () => {
	const root = scope.path('changed-since');
	const { folder, manifest } = storeRestorePoint(root, archiveArtefact, good, 2);
	const [artefact] = manifest.artefacts;
	if (!artefact) throw new Error('The manifest names no artefact.');
	const read = async (changes: Partial<typeof artefact>): Promise<number> => {
		const meter = new ProgressMeter('restore', artefact.name, undefined);
		const changed = { ...artefact, ...changes };
		let sizeBytes = 0;
		for await (const piece of readArtefact(new DirectoryDestination(root), folder, changed, meter)) {
			sizeBytes += piece.length;
		}
		return sizeBytes;
	};
	expect(await read({})).toBe(good.length);
	const problems: [changes: Partial<typeof artefact>, message: string][] = [
		[{ sha256: '0'.repeat(64) }, 'has another SHA-256 than the manifest says'],
		[{ plainBytes: good.length + 1 }, `holds ${good.length} bytes instead of ${good.length + 1}`],
		[{ plainBytes: good.length - 1 }, `holds more than the ${good.length - 1} bytes that were put in`],
	];
	for (const [changes, message] of problems) {
		await expect(read(changes)).rejects.toMatchObject({
			code: 'verification_failed',
			message: `The artefact files-www ${message}.`,
		});
	}
});

test('what unpacks to another size than the manifest says is not ok, and not read on beyond it', async () => {
	const root = scope.path('other-size');
	const zeros = file('zeros', '0'.repeat(5_000_000));
	const large = Buffer.concat([entry('./', 'directory'), zeros, endOfArchive]);
	const { folder, manifest } = storeRestorePoint(root, archiveArtefact, large, 2);
	const problemFor = async (plainBytes: number): Promise<string | undefined> => {
		const artefacts = manifest.artefacts.map((artefact) => ({ ...artefact, plainBytes }));
		const destination = new DirectoryDestination(root);
		const { artefacts: verdicts } = await verifyRestorePoint(destination, folder, { ...manifest, artefacts });
		return verdicts[0]?.problem;
	};
	expect(await problemFor(large.length)).toBeUndefined();
	expect(await problemFor(large.length + 1)).toBe(
		`the content holds ${large.length} bytes instead of ${large.length + 1}`,
	);
	expect(await problemFor(1_000_000)).toBe('the content holds more than 1000000 bytes');
});

test('BK-25 a link in place of an artefact is not followed, though what it leads to is the same', async () => {
	const root = scope.path('linked');
	const { folder, manifest } = storeRestorePoint(root, archiveArtefact, good, 2);
	const path = `${root}/${folder}/${name.file}`;
	renameSync(path, scope.path('elsewhere.tar.zst'));
	symlinkSync(scope.path('elsewhere.tar.zst'), path);
	expect(await verifyRestorePoint(new DirectoryDestination(root), folder, manifest)).toMatchObject({
		ok: false,
		artefacts: [{ ok: false, problem: expect.stringMatching(/^the file cannot be read: /) }],
	});
});

test('a file that cannot be read is a fault of this artefact, with the reason', async () => {
	const root = scope.path('unreadable');
	const { folder, manifest } = storeRestorePoint(root, archiveArtefact, good, 2);
	const sizeBytes = readFileSync(`${root}/${folder}/${name.file}`).length;
	for (const artefact of manifest.artefacts) artefact.storedBytes = sizeBytes;
	const fault = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
	expect(await verifyRestorePoint(new Breaking(root, fault), folder, manifest)).toMatchObject({
		ok: false,
		artefacts: [{ ok: false, problem: expect.stringMatching(/^the file cannot be read: EIO/) }],
	});
	rmSync(`${root}/${folder}/${name.file}`);
	mkdirSync(`${root}/${folder}/${name.file}`);
	expect((await verifyRestorePoint(new DirectoryDestination(root), folder, manifest)).ok).toBe(false);
});
