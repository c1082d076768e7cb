import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { backUpSite, restoreSite } from '../../../src/backup';
import { swapScript } from '../../../src/backup/restore/swap-script';
import { toDiskScript } from '../../../src/backup/restore/to-disk';
import { TreeTarget } from '../../../src/backup/restore/tree';
import { Helper, parseConnection } from '../../../src/docker';
import type { Site } from '../../../src/shared';
import { entry, file } from '../../support/hostile-archives';
import { failureOf, filesIn, site, until, useBackupStand } from './engine-stand';
import { compiledBackup, describeTree } from './stand';

const stand = useBackupStand('restore-tree-swap', ['tools']);
let www: string;
let backups: string;
let shop: Site;
let id: string;

const names = ['.hidden', 'index.html', 'uploads', 'uploads/a'];

function fill(content: string): void {
	mkdirSync(join(www, 'uploads'), { recursive: true });
	for (const name of ['.hidden', 'index.html', 'uploads/a']) writeFileSync(join(www, name), content);
}

beforeEach(async () => {
	[www, backups] = [stand.folder(), stand.folder()];
	fill('saved');
	shop = site({
		backup: { directories: [{ name: 'www', path: www, via: 'engine' }] },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	});
	({ id } = await backUpSite(shop, stand.context()));
	fill('live');
});

afterEach(async () => {
	jest.restoreAllMocks();
	const { Volumes } = await stand.engine.docker.listVolumes();
	for (const { Name } of Volumes) await stand.engine.docker.getVolume(Name).remove();
});

const restore = (signal?: AbortSignal) =>
	restoreSite(shop, stand.context({ signal }), { restorePoint: id, overwrite: true });

const steady = () =>
	Object.getOwnPropertyDescriptor(Helper.prototype, 'runSteady')?.value as Helper['runSteady'];

/** Puts a shell function before the script that makes the change, and does something just before it runs. */
function atTheChange(shellFunction: string, work = (): void => {}): void {
	const run = steady();
	jest.spyOn(Helper.prototype, 'runSteady').mockImplementation(function (this: Helper, script, ...more) {
		work();
		return run.call(this, `${shellFunction}\n${script}`, ...more);
	});
}

const ownFolders = (): string[] => readdirSync(www).filter((name) => name.startsWith('.opsdesk-'));
const noHelperIsLeft = () => until('no helper is left', async () => (await stand.helpers()).length === 0);

/** Halts the change when what was there has been moved away and nothing of what is to come is there yet. */
function haltedChange(label: string): { begun: string; goOn: string; waits: string } {
	const waits = `mv() {
		calls=$((calls + 1))
		if [ $calls = 2 ]; then
			: > /opsdesk/${label}-begun
			until [ -e /opsdesk/${label}-go-on ]; do sleep 0.05; done
		fi
		command mv "$@"
	}`;
	return { begun: stand.scope.path(`${label}-begun`), goOn: stand.scope.path(`${label}-go-on`), waits };
}

function expectChanged(): void {
	const kept = `.opsdesk-before-${id}`;
	expect(filesIn(www)).toEqual([kept, ...names.map((name) => `${kept}/${name}`), ...names].sort());
	expect(readFileSync(join(www, 'uploads/a'), 'utf8')).toBe('saved');
	expect(readFileSync(join(www, kept, 'uploads/a'), 'utf8')).toBe('live');
}

test('BK-3: what is restored through the engine is put on disk before the first name changes', async () => {
	const scripts: string[] = [];
	const run = Object.getOwnPropertyDescriptor(Helper.prototype, 'run')?.value as Helper['run'];
	jest.spyOn(Helper.prototype, 'run').mockImplementation(function (this: Helper, script, args, ...more) {
		if (script.includes(swapScript)) scripts.push('swap');
		if (script === toDiskScript) scripts.push(`to disk ${readFileSync(join(www, 'index.html'), 'utf8')}`);
		return run.call(this, script, args, ...more);
	});
	await restore();
	expect(scripts).toEqual(['to disk live', 'swap']);
});

test('BK-26: the change comes to its end although the process that began it is killed half way', async () => {
	const { begun, goOn, waits } = haltedChange('kill');
	const script = `
		const { Helper, parseConnection } = require(${JSON.stringify(join(compiledBackup, '../../docker/index.js'))});
		const { runSteady } = Helper.prototype;
		Helper.prototype.runSteady = function (script, ...more) {
			return runSteady.call(this, ${JSON.stringify(`${waits}\n`)} + script, ...more);
		};
		const docker = parseConnection(${JSON.stringify(stand.credential)});
		require(${JSON.stringify(compiledBackup)}).restoreSite(
			${JSON.stringify(shop)}, { docker }, { restorePoint: ${JSON.stringify(id)}, overwrite: true });`;
	const child = stand.scope.start('killed', process.execPath, { args: ['-e', script] });
	await until('the change has begun', () => existsSync(begun));
	const { docker } = stand.engine;
	const [helper] = await docker.listContainers({ filters: { label: ['opsdesk.helper'] } });
	if (!helper) throw new Error('There is no helper.');
	await child.end('SIGKILL');
	await until('the helper knows that nobody is there any more', async () => {
		const running = await docker
			.getContainer(helper.Id)
			.top()
			.catch(() => ({ Processes: [] as string[][] }));
		return !(running.Processes as string[][]).some((line) => line.at(-1) === 'cat');
	});
	writeFileSync(goOn, '');
	await noHelperIsLeft();
	expectChanged();
});

test('BK-26: a connection that breaks during the change removes nothing: the change ends, and what was there is named', async () => {
	const { begun, goOn, waits } = haltedChange('cut');
	const run = Object.getOwnPropertyDescriptor(Helper.prototype, 'run')?.value as Helper['run'];
	jest.spyOn(Helper.prototype, 'run').mockImplementation(async function (this: Helper, script, ...more) {
		if (!script.includes(swapScript)) return await run.call(this, script, ...more);
		run
			.call(
				this,
				script.replace(swapScript, () => `${waits}\n${swapScript}`),
				...more,
			)
			.catch(() => undefined);
		await until('the change has begun', () => existsSync(begun));
		throw new Error('The connection was cut.');
	});
	expect(await failureOf(restore())).toMatchObject({
		code: 'target_swap_failed',
		message: expect.stringMatching(
			new RegExp(`^Whether the .* was replaced is unknown.* was cut\\. .*\\.opsdesk-before-${id}`),
		),
	});
	writeFileSync(goOn, '');
	await noHelperIsLeft();
	expectChanged();
});

test('BK-26: when neither the change nor its way back succeeds, both folders stay and are named', async () => {
	atTheChange(`mv() { calls=$((calls + 1)); [ $calls = 1 ] || { echo 'the disk is broken' >&2; return 1; }
		command mv "$@"; }`);
	const failure = await failureOf(restore());
	const [kept = '', staging = '', ...others] = ownFolders();
	expect([kept, others]).toEqual([`.opsdesk-before-${id}`, []]);
	expect(failure).toMatchObject({
		code: 'target_swap_failed',
		message: expect.stringMatching(/could neither be replaced nor put back \(the disk is broken/),
		remedy: expect.stringContaining('move the entries back by hand'),
	});
	expect(failure.message).toContain(`what was there before is in its folder ${kept}, `);
	expect(failure.message).toContain(`what was to come is in its folder ${staging}, `);
	for (const [folder, content] of [
		[kept, 'live'],
		[staging, 'saved'],
	] as const) {
		expect(filesIn(join(www, folder))).toEqual(names);
		expect(readFileSync(join(www, folder, 'uploads/a'), 'utf8')).toBe(content);
	}
	await noHelperIsLeft();
});

test.each([
	['of what was there', 1],
	['of what is to come', 2],
])('BK-26: a move %s that fails half way is taken back', async (_, failing) => {
	const before = describeTree(join(www, 'uploads'));
	atTheChange(`mv() {
		calls=$((calls + 1))
		if [ $calls != ${failing} ]; then command mv "$@"; return; fi
		for to; do :; done
		command mv -- "$2" "$to"; echo 'the disk is full' >&2; return 1
	}`);
	expect(await failureOf(restore())).toMatchObject({
		code: 'restore_failed',
		message: expect.stringContaining('the disk is full'),
	});
	expect(filesIn(www)).toEqual(names);
	expect(describeTree(join(www, 'uploads'))).toBe(before);
	expect(readFileSync(join(www, '.hidden'), 'utf8')).toBe('live');
});

test('a restore that is cancelled when the change has begun completes', async () => {
	const cancelling = new AbortController();
	atTheChange('', () => cancelling.abort());
	const { artefacts } = await restore(cancelling.signal);
	expect(artefacts[0]?.previous).toBe(`host path ${www}, folder .opsdesk-before-${id}`);
	expect(readFileSync(join(www, 'uploads/a'), 'utf8')).toBe('saved');
	expect(ownFolders()).toEqual([`.opsdesk-before-${id}`]);
});

test('BK-26: no signal stops the change half way', async () => {
	atTheChange('mv() { for s in HUP INT TERM PIPE; do kill -$s $$; done; command mv "$@"; }');
	await restore();
	expect(readFileSync(join(www, 'uploads/a'), 'utf8')).toBe('saved');
	expect(ownFolders()).toEqual([`.opsdesk-before-${id}`]);
});

test('a staging folder that somebody has removed is told, and the target stays as it was', async () => {
	atTheChange('', () => {
		for (const name of ownFolders()) rmSync(join(www, name), { recursive: true });
	});
	expect(await failureOf(restore())).toMatchObject({
		message: expect.stringContaining('the staging folder is gone; somebody has removed it'),
	});
	expect(filesIn(www)).toEqual(names);
	expect(readFileSync(join(www, 'uploads/a'), 'utf8')).toBe('live');
});

test('BK-11: entries that do not arrive are missed before anything is changed', async () => {
	const upload = Object.getOwnPropertyDescriptor(Helper.prototype, 'upload')?.value as Helper['upload'];
	jest.spyOn(Helper.prototype, 'upload').mockImplementation(async function (this: Helper, path, ...more) {
		await upload.call(this, path, ...more);
		for (const name of ownFolders()) rmSync(join(www, name, 'uploads/a'));
	});
	expect(await failureOf(restore())).toMatchObject({
		code: 'restore_failed',
		message: `4 instead of 5 entries of files-www arrived in the host path ${www}.`,
	});
	expect(filesIn(www)).toEqual(names);
	expect(readFileSync(join(www, 'uploads/a'), 'utf8')).toBe('live');
});

test('BK-24: an archive that would reach beyond the folder is refused before the engine gets it', async () => {
	const folder = stand.folder();
	const artefact = {
		...{ name: 'files-www', file: 'files-www.tar.zst', kind: 'directory' as const, source: {} },
		...{ format: 'tar' as const, compression: 'zstd' as const, sha256: '' },
		...{ storedBytes: 0, plainBytes: 0, warnings: [] },
	};
	const options = { connection: parseConnection(stand.credential), signal: undefined };
	const target = new TreeTarget({ type: 'hostPath', path: folder }, artefact, {
		...options,
		...{ overwrite: false, id, site: 'shop' },
	});
	async function* hostile(): AsyncGenerator<Buffer> {
		yield await Promise.resolve(entry('way', 'symlink', { link: '..' }));
		yield file('way/evil');
	}
	await target.check();
	expect(await failureOf(target.fill(hostile()))).toMatchObject({
		code: 'archive_hostile',
		message: expect.stringContaining('"way/evil" cannot be made'),
	});
	await target.discard();
	expect(filesIn(folder)).toEqual([]);
	expect(existsSync(stand.scope.path('evil'))).toBe(false);
});

const media = () =>
	site({
		backup: { volumes: [{ name: 'media', volume: 'shop_media' }] },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	});

test('a volume that had options of its driver is not made without them', async () => {
	const { docker } = stand.engine;
	const options = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' };
	await docker.createVolume({ Name: 'shop_media', DriverOpts: options });
	const { id: restorePoint } = await backUpSite(media(), stand.context());
	await docker.getVolume('shop_media').remove();
	expect(await failureOf(restoreSite(media(), stand.context(), { restorePoint }))).toMatchObject({
		code: 'target_missing',
		message: expect.stringContaining('had options of its driver'),
	});
	expect((await docker.listVolumes()).Volumes).toEqual([]);
});

test('another volume than the one that was backed up does not get its labels', async () => {
	await stand.volume('shop_media', { 'com.docker.compose.volume': 'media' });
	const { id: restorePoint } = await backUpSite(media(), stand.context());
	const to = { 'volume-media': 'shop_copy' };
	await restoreSite(media(), stand.context(), { restorePoint, to });
	const { Labels } = await stand.engine.docker.getVolume('shop_copy').inspect();
	expect(Object.keys(Labels)).not.toContain('com.docker.compose.volume');
});
