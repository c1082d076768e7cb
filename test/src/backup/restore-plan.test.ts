import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, symlinkSync, writeFileSync, rmSync } from 'node:fs';
import files from 'node:fs/promises';

import { backUpSite, planRestore, restoreSite, type RestoreOptions } from '../../../src/backup';
import { refuseSpace } from '../../../src/backup/space';
import { describeTree, errorOf, siteOf, useBackedUpDirectory } from './stand';

const stand = useBackedUpDirectory('restore-plan');

const plan = (options: Partial<RestoreOptions> = {}) =>
	planRestore(stand.site, {}, { restorePoint: 'latest', ...options });

/** A dry run changes nothing in the whole folder, neither in the targets nor in the destination. */
async function unchanged<T>(work: () => Promise<T>): Promise<T> {
	const before = describeTree(stand.scope.folder);
	const result = await work();
	expect(describeTree(stand.scope.folder)).toBe(before);
	return result;
}

test('a dry run lists what would be replaced, needed and free, and changes nothing', async () => {
	const report = await unchanged(() => plan({ overwrite: true }));
	expect(report).toMatchObject({ site: 'shop', id: stand.id, destination: 'backups', ok: true });
	expect(report.message).toBe(
		'Nothing was changed. 1 artefact can be restored; what is there now would be replaced, and kept, for 1.',
	);
	expect(report.artefacts).toEqual([
		{
			name: 'files-www',
			kind: 'directory',
			target: `directory ${stand.www}`,
			plainBytes: expect.any(Number),
			entries: 2,
			replaces: true,
			neededBytes: expect.any(Number),
			freeBytes: expect.any(Number),
			stops: [],
			notes: [],
		},
	]);
	const elsewhere = await unchanged(() => plan({ to: { 'files-www': `${stand.parent}/copy` } }));
	expect(elsewhere.artefacts[0]).toMatchObject({ replaces: false, target: `directory ${stand.parent}/copy` });
	const part = await unchanged(() => plan({ paths: { 'files-www': ['index.html'] } }));
	expect(part).toMatchObject({ ok: false });
	expect(part.artefacts[0]).toMatchObject({ paths: ['index.html'], problem: { code: 'target_not_empty' } });
});

test('a dry run tells of every artefact why it would be refused, and what is known all the same', async () => {
	const [data, away] = [stand.scope.emptyFolder(), `${stand.parent}/link`];
	writeFileSync(`${data}/b`, 'beta');
	stand.site = siteOf({ www: stand.www, data }, { backups: stand.backups });
	await backUpSite(stand.site, {});
	symlinkSync(data, away);
	const report = await unchanged(() => plan({ to: { 'files-data': away } }));
	expect(report.ok).toBe(false);
	expect(report.message).toMatch(
		/would be refused: files-www: .* is not empty\. files-data: .* symbolic link/,
	);
	expect(report.artefacts.map(({ problem, replaces }) => [problem?.code, replaces])).toEqual([
		['target_not_empty', true],
		['target_refused', undefined],
	]);
});

test('a dry run of what is damaged or not there fails like the restore', async () => {
	const file = `${stand.backups}/shop/${stand.id}/files-www.tar.zst`;
	expect(await errorOf(plan({ paths: { 'files-www': ['nothing'] } }))).toMatchObject({
		code: 'path_unknown',
	});
	const bytes = readFileSync(file);
	bytes[20] = (bytes[20] ?? 0) ^ 1;
	writeFileSync(file, bytes);
	expect(await errorOf(plan())).toMatchObject({ code: 'verification_failed' });
});

test('BK-23: room for the content and for as many files is asked for before anything is written', async () => {
	for (let index = 0; index < 200; index += 1) writeFileSync(`${stand.www}/${index}`, '');
	writeFileSync(`${stand.www}/random`, randomBytes(3_000_000));
	await backUpSite(stand.site, {});
	const disk = stand.scope.emptyFolder();
	const cases = [
		['size=2m', /needs 3\.\d MB, and 2\.1 MB are free where it is put together/],
		['size=20m,nr_inodes=100', /needs 203 files and folders, and its file system has room for 99/],
	] as const;
	for (const [options, message] of cases) {
		execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
		try {
			const to = { 'files-www': `${disk}/www` };
			expect(await errorOf(restoreSite(stand.site, {}, { restorePoint: 'latest', to }))).toMatchObject({
				code: 'target_full',
				message: expect.stringMatching(message),
			});
			expect(execFileSync('ls', ['-A', disk], { encoding: 'utf8' })).toBe('');
			expect((await plan({ to })).artefacts[0]).toMatchObject({ problem: { code: 'target_full' } });
			// A single file needs less.
			await restoreSite(
				stand.site,
				{},
				{ restorePoint: 'latest', to, paths: { 'files-www': ['index.html'] } },
			);
		} finally {
			execFileSync('umount', [disk]);
		}
	}
});

test('BK-23: what a file system does not tell is unknown and refuses nothing', () => {
	const needed = { sizeBytes: 1e15, entries: 1e9 };
	expect(() => refuseSpace('x', needed, { sizeBytes: undefined, entries: undefined })).not.toThrow();
	expect(() => refuseSpace('x', needed, { sizeBytes: 1, entries: undefined })).toThrow(/are free/);
});

test('BK-23: a disk that gets full while it is filled leaves the target as it was, and no staging place', async () => {
	writeFileSync(`${stand.www}/random`, randomBytes(3_000_000));
	await backUpSite(stand.site, {});
	const disk = stand.scope.emptyFolder();
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=5m', 'tmpfs', disk]);
	try {
		const to = { 'files-www': `${disk}/www` };
		const restore = (progress?: () => void) =>
			restoreSite(
				stand.site,
				{ progress: ({ step }) => (step === 'verify' ? undefined : progress?.()) },
				{ restorePoint: 'latest', to, overwrite: true },
			);
		execFileSync('sh', ['-ec', `mkdir www; echo live > www/file`], { cwd: disk });
		// Another one takes the room after it was asked for.
		const statfs = jest.spyOn(files, 'statfs');
		statfs.mockImplementation(async () => {
			execFileSync('sh', ['-c', 'head -c 3500000 /dev/zero > others'], { cwd: disk });
			return { bavail: 1e9, bsize: 4096, files: 0, ffree: 0 } as never;
		});
		const error = await errorOf(restore());
		statfs.mockRestore();
		expect(error).toMatchObject({
			code: 'target_full',
			message: expect.stringContaining('got no more space while it was restored'),
		});
		expect(execFileSync('ls', ['-AR', disk], { encoding: 'utf8' })).toBe(
			`${disk}:\nothers\nwww\n\n${disk}/www:\nfile\n`,
		);
		rmSync(`${disk}/others`);
		await restore();
	} finally {
		execFileSync('umount', [disk]);
	}
});
