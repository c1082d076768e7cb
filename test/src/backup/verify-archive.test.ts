import { mkdirSync, readFileSync, rmSync } from 'node:fs';

import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { ProgressMeter } from '../../../src/backup/progress';
import { readArtefact } from '../../../src/backup/read-artefact';
import { endOfArchive } from '../../../src/backup/tar/header';
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
