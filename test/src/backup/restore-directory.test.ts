import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';

import { backUpSite, restoreSite, type BackupProgress, type RestoreOptions } from '../../../src/backup';
import { newStagingToken } from '../../../src/backup/restore/staging';
import { describeTree, errorOf, fillWithHardNames, listTree, siteOf, useBackedUpDirectory } from './stand';

const stand = useBackedUpDirectory('restore');

const restore = (options: Partial<RestoreOptions> = {}) =>
	restoreSite(stand.site, {}, { restorePoint: 'latest', ...options });

test('BK-11: what is restored has the names, owners, modes, times and links it had', async () => {
	fillWithHardNames(stand.www);
	const before = describeTree(stand.www);
	const { id: newest } = await backUpSite(stand.site, {});
	rmSync(stand.www, { recursive: true });
	expect(await restore()).toEqual({
		site: 'shop',
		id: newest,
		destination: 'backups',
		durationMs: expect.any(Number),
		artefacts: [
			{
				name: 'files-www',
				kind: 'directory',
				target: `directory ${stand.www}`,
				plainBytes: expect.any(Number),
				entries: expect.any(Number),
			},
		],
		leftOut: [],
	});
	expect(describeTree(stand.www)).toBe(before);
	expect(readdirSync(stand.parent)).toEqual(['www']);
});

test('an empty target is filled; one that holds something is replaced only with consent, and kept beside', async () => {
	rmSync(`${stand.www}/index.html`);
	expect((await restore()).artefacts[0]).not.toHaveProperty('previous');
	writeFileSync(`${stand.www}/index.html`, 'changed');
	writeFileSync(`${stand.www}/new`, 'new');
	const before = describeTree(stand.www);
	expect(await errorOf(restore())).toMatchObject({
		code: 'target_not_empty',
		message: `The directory ${stand.www} is not empty.`,
	});
	expect(describeTree(stand.www)).toBe(before);
	expect(readdirSync(stand.parent)).toEqual(['www']);
	const first = await restore({ overwrite: true });
	expect(first.artefacts[0]?.previous).toBe(`${stand.parent}/www.before-${stand.id}`);
	expect(listTree(stand.www)).toEqual(['index.html']);
	expect(readFileSync(`${stand.www}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
	expect(describeTree(`${stand.parent}/www.before-${stand.id}`)).toBe(before);
	const second = await restore({ overwrite: true });
	expect(second.artefacts[0]?.previous).toBe(`${stand.parent}/www.before-${stand.id}-2`);
	expect(describeTree(`${stand.parent}/www.before-${stand.id}`)).toBe(before);
});

test('an artefact is restored to another path, and the source stays as it is', async () => {
	const before = describeTree(stand.parent);
	const elsewhere = `${stand.scope.emptyFolder()}/restored`;
	await restore({ to: { 'files-www': `${elsewhere}//` }, restorePoint: stand.id, destination: 'backups' });
	expect(describeTree(elsewhere)).toBe(describeTree(stand.www));
	expect(describeTree(stand.parent)).toBe(before);
});

test('BK-25: a target that is a symbolic link is refused, and what it leads to is not touched', async () => {
	const victim = stand.scope.emptyFolder();
	writeFileSync(`${victim}/file`, 'untouched');
	rmSync(stand.www, { recursive: true });
	symlinkSync(victim, stand.www);
	for (const overwrite of [false, true]) {
		expect(await errorOf(restore({ overwrite }))).toMatchObject({
			code: 'target_refused',
			message: expect.stringContaining('is a symbolic link'),
		});
	}
	expect(readlinkSync(stand.www)).toBe(victim);
	expect(listTree(victim)).toEqual(['file']);
	expect(readdirSync(stand.parent)).toEqual(['www']);
});

/** A name no process of this machine can be at work on: nothing has the largest process number. */
const abandoned = (): string => {
	const [seconds, machine, , start] = newStagingToken().split('_');
	return `.www.opsdesk-restore-${stand.id}-${[seconds, machine, (4_194_304).toString(36), start].join('_')}_00000000`;
};

test('BK-25: a link under the name of a staging folder is removed, not followed', async () => {
	const victim = stand.scope.emptyFolder();
	writeFileSync(`${victim}/file`, 'untouched');
	symlinkSync(victim, `${stand.parent}/${abandoned()}`);
	await restore({ overwrite: true });
	expect(readFileSync(`${victim}/file`, 'utf8')).toBe('untouched');
	expect(listTree(victim)).toEqual(['file']);
	expect(readdirSync(stand.parent).sort()).toEqual(['www', `www.before-${stand.id}`]);
});

test('BK-26: what a killed restore has left is removed by the next one, what another one fills is not', async () => {
	const left = `${stand.parent}/${abandoned()}`;
	mkdirSync(`${left}/sub`, { recursive: true });
	writeFileSync(`${left}/sub/half`, 'half');
	const alive = `.www.opsdesk-restore-${stand.id}-${newStagingToken()}`;
	mkdirSync(`${stand.parent}/${alive}`);
	await restore({ overwrite: true });
	expect(listTree(stand.www)).toEqual(['index.html']);
	expect(readdirSync(stand.parent).sort()).toEqual([alive, 'www', `www.before-${stand.id}`]);
});

test('a mount point, also one below the target, cannot be replaced, and the way out is told', async () => {
	mkdirSync(`${stand.www}/up loads`);
	for (const point of [stand.www, `${stand.www}/up loads`]) {
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', point]);
		try {
			expect(await errorOf(restore({ overwrite: true }))).toMatchObject({
				code: 'target_refused',
				message: expect.stringContaining('mount point'),
				remedy: expect.stringContaining('Restore to another path'),
			});
		} finally {
			execFileSync('umount', [point]);
		}
	}
	expect(readdirSync(stand.parent)).toEqual(['www']);
});

test.each<[string, () => string, string, RegExp]>([
	['no path', () => 'www', 'target_refused', /is not an absolute path/],
	['the whole file system', () => '/', 'target_refused', /is the whole file system/],
	[
		'a path whose folder is missing',
		() => `${stand.parent}/a/b`,
		'target_missing',
		/cannot be opened: ENOENT/,
	],
	['a file', () => `${stand.www}/index.html`, 'target_refused', /is no directory/],
	['a path among the backups', () => `${stand.backups}/restored`, 'target_refused', /where backups are kept/],
	['a path above the backups', () => stand.scope.folder, 'target_refused', /where backups are kept/],
])('a target that is %s is refused before anything is written', async (_, path, code, message) => {
	const [tree, all] = [describeTree(stand.parent), listTree(stand.scope.folder)];
	const error = await errorOf(restore({ to: { 'files-www': path() }, overwrite: true }));
	expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
	expect([describeTree(stand.parent), listTree(stand.scope.folder)]).toEqual([tree, all]);
});

test('a target without enough space is refused before anything is written', async () => {
	writeFileSync(`${stand.www}/random`, randomBytes(3_000_000));
	await backUpSite(stand.site, {});
	const disk = stand.scope.emptyFolder();
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
	try {
		expect(await errorOf(restore({ to: { 'files-www': `${disk}/www` } }))).toMatchObject({
			code: 'target_full',
			message: expect.stringMatching(/needs 3\.\d MB, and .* are free/),
		});
		expect(readdirSync(disk)).toEqual([]);
	} finally {
		execFileSync('umount', [disk]);
	}
});

test('BK-21: a damaged artefact restores nothing, not even the good one beside it', async () => {
	const data = stand.scope.emptyFolder();
	writeFileSync(`${data}/b`, 'beta');
	stand.site = siteOf({ www: stand.www, data }, { backups: stand.backups });
	const report = await backUpSite(stand.site, {});
	const file = `${stand.backups}/shop/${report.id}/files-data.tar.zst`;
	const bytes = readFileSync(file);
	bytes[20] = (bytes[20] ?? 0) ^ 1;
	writeFileSync(file, bytes);
	rmSync(stand.www, { recursive: true });
	expect(await errorOf(restore())).toMatchObject({
		code: 'verification_failed',
		message: expect.stringContaining('files-data'),
	});
	expect(readdirSync(stand.parent)).toEqual([]);
	const { artefacts } = await restore({ artefacts: ['files-www'] });
	expect(artefacts.map(({ name }) => name)).toEqual(['files-www']);
	expect(listTree(stand.www)).toEqual(['index.html']);
});

test('when one of several targets is refused, none is touched', async () => {
	const data = `${stand.parent}/data`;
	mkdirSync(data);
	writeFileSync(`${data}/b`, 'beta');
	stand.site = siteOf({ www: stand.www, data }, { backups: stand.backups });
	await backUpSite(stand.site, {});
	rmSync(stand.www, { recursive: true });
	expect(await errorOf(restore())).toMatchObject({ code: 'target_not_empty' });
	expect(readdirSync(stand.parent)).toEqual(['data']);
	for (const path of ['x/', 'x/y']) {
		const twins = { 'files-www': `${stand.parent}/x`, 'files-data': `${stand.parent}/${path}` };
		expect(await errorOf(restore({ to: twins }))).toMatchObject({
			code: 'target_refused',
			message: expect.stringContaining('files-www and files-data would both be restored'),
		});
		expect(readdirSync(stand.parent)).toEqual(['data']);
	}
});

test('a second swap that fails after a first says which artefact is new and which is not', async () => {
	const data = `${stand.parent}/data`;
	mkdirSync(data);
	writeFileSync(`${data}/b`, 'beta');
	stand.site = siteOf({ www: stand.www, data }, { backups: stand.backups });
	await backUpSite(stand.site, {});
	rmSync(stand.www, { recursive: true });
	rmSync(data, { recursive: true });
	// Somebody puts something there after it was found to be free.
	const progress = ({ step, artefact }: BackupProgress): void => {
		if (step !== 'restore' || artefact !== 'files-data') return;
		mkdirSync(data, { recursive: true });
		writeFileSync(`${data}/foreign`, 'foreign');
	};
	const error = await errorOf(restoreSite(stand.site, { progress }, { restorePoint: 'latest' }));
	expect(error).toMatchObject({
		code: 'target_swap_failed',
		message: expect.stringMatching(/Restored already: files-www \(.*\)\. Not restored: files-data\./),
	});
	expect(listTree(stand.parent)).toEqual(['data/', 'data/foreign', 'www/', 'www/index.html']);
});

test('unknown artefacts, targets, destinations and restore points are told with those there are', async () => {
	expect(await errorOf(restore({ artefacts: ['files-ww'] }))).toMatchObject({
		code: 'artefact_unknown',
		remedy: 'It holds: files-www.',
	});
	expect(await errorOf(restore({ to: { 'files-ww': '/srv/x' } }))).toMatchObject({
		code: 'artefact_unknown',
	});
	expect(await errorOf(restore({ destination: 'offsite' }))).toMatchObject({
		code: 'destination_unknown',
		remedy: 'Choose from: backups.',
	});
	expect(await errorOf(restore({ restorePoint: '20200101T000000Z-aaaaaa' }))).toMatchObject({
		code: 'set_not_found',
		remedy: `Good ones are: ${stand.id}.`,
	});
});

test('a destination that is missing is passed over for the next one that has the restore point', async () => {
	const away = stand.scope.path('away');
	stand.site = siteOf({ www: stand.www }, { away, backups: stand.backups });
	expect(await restore({ overwrite: true })).toMatchObject({ id: stand.id, destination: 'backups' });
	expect(await errorOf(restore({ destination: 'away' }))).toMatchObject({ code: 'destination_missing' });
});

test('a restore that is cancelled leaves the target and removes what it has unpacked', async () => {
	execFileSync('truncate', ['-s', '50M', `${stand.www}/zeros`]);
	await backUpSite(stand.site, {});
	const before = describeTree(stand.www);
	const controller = new AbortController();
	const progress = ({ step }: { step: string }): void => {
		if (step === 'restore') controller.abort();
	};
	const attempt = restoreSite(
		stand.site,
		{ signal: controller.signal, progress },
		{ restorePoint: 'latest', overwrite: true },
	);
	expect(await errorOf(attempt)).toMatchObject({ code: 'cancelled' });
	expect(describeTree(stand.www)).toBe(before);
	expect(readdirSync(stand.parent)).toEqual(['www']);
});
