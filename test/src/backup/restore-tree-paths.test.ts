import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';

import {
	backUpSite,
	listKeptCopies,
	planRestore,
	removeKeptCopies,
	restoreSite,
	type RestoreOptions,
} from '../../../src/backup';
import { Helper } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { failureOf, site, useBackupStand } from './engine-stand';
import { newStagingToken } from '../../../src/backup/restore/staging';
import { killAtEachRequest } from './killed-restore';
import { describeTree, listTree } from './stand';

const stand = useBackupStand('restore-tree-paths', ['tools']);
let data: string;
let id: string;
let shop: ReturnType<typeof site>;
let volumes = 0;

beforeEach(async () => {
	volumes += 1;
	const volume = `shop_media_${volumes}`;
	data = await stand.volume(volume);
	mkdirSync(`${data}/a/b`, { recursive: true });
	for (const name of ['a/b/one', 'a/b/two', 'a/other', 'index.html', 'with blank']) {
		writeFileSync(`${data}/${name}`, `saved ${name}`);
		// The engine's archives have whole seconds.
		utimesSync(`${data}/${name}`, 1_000_000, 1_000_000);
	}
	for (const path of ['a/b', 'a', '']) utimesSync(`${data}/${path}`, 1_000_000, 1_000_000);
	shop = site({
		backup: { volumes: [{ name: 'media', volume }] },
		destinations: [{ name: 'local', type: 'directory', path: stand.folder() }],
	});
	({ id } = await backUpSite(shop, stand.context()));
});

const restore = (paths: string[], options: Partial<RestoreOptions> = {}) =>
	restoreSite(shop, stand.context(), {
		restorePoint: id,
		paths: { 'volume-media': paths },
		overwrite: true,
		...options,
	});

const kept = (): string => `${data}/.opsdesk-before-${id}`;
const described = (): string => describeTree(data);

test('BK-29: single files and folders of a volume are restored, the rest stays, and what was there is kept', async () => {
	const saved = described();
	writeFileSync(`${data}/a/b/two`, 'live');
	rmSync(`${data}/with blank`);
	utimesSync(data, 1_000_000, 1_000_000);
	expect(await failureOf(restore(['a/b/two'], { overwrite: false }))).toMatchObject({
		code: 'target_not_empty',
		message: expect.stringContaining('holds "a/b/two" already'),
	});
	const report = await restore(['a/b/two', 'with blank']);
	expect(report.artefacts[0]).toMatchObject({ paths: ['a/b/two', 'with blank'] });
	expect(report.artefacts[0]?.previous).toMatch(new RegExp(`folder .opsdesk-before-${id}$`));
	expect(listTree(kept())).toEqual(['a/', 'a/b/', 'a/b/two']);
	expect(readFileSync(`${kept()}/a/b/two`, 'utf8')).toBe('live');
	rmSync(kept(), { recursive: true });
	utimesSync(data, 1_000_000, 1_000_000);
	expect(described()).toBe(saved);
	rmSync(`${data}/a`, { recursive: true });
	await restore(['a/b']);
	expect(listTree(data)).toEqual(['a/', 'a/b/', 'a/b/one', 'a/b/two', 'index.html', 'with blank']);
	await stand.noHelperIsLeft();
});

test('a dry run of a volume says what it would do, which containers use it, and changes nothing', async () => {
	const plan = (options: Partial<RestoreOptions> = {}) =>
		planRestore(shop, stand.context(), { restorePoint: id, ...options });
	const before = described();
	const first = await plan({ paths: { 'volume-media': ['a/b'] } });
	expect(first.artefacts[0]).toMatchObject({ replaces: true, problem: { code: 'target_not_empty' } });
	expect(await plan({ to: { 'volume-media': 'shop_none' } })).toMatchObject({
		ok: true,
		artefacts: [{ replaces: false }],
	});
	expect((await plan({ overwrite: true })).artefacts[0]).toMatchObject({
		replaces: true,
		freeBytes: expect.any(Number),
		stops: [],
	});
	const container = await stand.engine.docker.createContainer({
		name: 'shop-web',
		Image: imageTag('tools'),
		Cmd: ['sleep', '1000'],
		HostConfig: { Binds: [`shop_media_${volumes}:/data`] },
	});
	await container.start();
	expect(await plan({ overwrite: true })).toMatchObject({
		ok: false,
		artefacts: [{ stops: ['shop-web'], problem: { code: 'target_in_use' } }],
	});
	await container.remove({ force: true });
	expect(described()).toBe(before);
	await stand.noHelperIsLeft();
	expect((await stand.engine.docker.listVolumes()).Volumes.map(({ Name }) => Name)).not.toContain(
		'shop_none',
	);
});

test('BK-25: a link on the way to a path in a volume or a path of the host is refused and not followed', async () => {
	const victim = stand.folder();
	mkdirSync(`${victim}/b`);
	writeFileSync(`${victim}/b/two`, 'untouched');
	rmSync(`${data}/a`, { recursive: true });
	for (const link of [victim, '../../../../../..', 'loop', 'index.html']) {
		symlinkSync(link, `${data}/a`);
		expect(await failureOf(restore(['a/b/two']))).toMatchObject({
			message: expect.stringContaining('on the way to "a/b/two" is a link or no folder'),
		});
		rmSync(`${data}/a`);
	}
	expect(listTree(victim)).toEqual(['b/', 'b/two']);
	expect(readdirSync(data).sort()).toEqual(['index.html', 'with blank']);
});

test('BK-26: a change of paths that fails half way is taken back', async () => {
	writeFileSync(`${data}/index.html`, 'live');
	rmSync(`${data}/a/b`, { recursive: true });
	const before = describeTree(data).replace(/^ d .*$/m, '');
	const run = Object.getOwnPropertyDescriptor(Helper.prototype, 'runSteady')?.value as Helper['runSteady'];
	const spy = jest.spyOn(Helper.prototype, 'runSteady').mockImplementation(async function (
		this: Helper,
		script,
		...more
	) {
		// The last of the paths is gone from the staging folder when its turn comes.
		const [staging] = readdirSync(data).filter((name) => name.startsWith('.opsdesk-restore-'));
		rmSync(`${data}/${staging}/with blank`);
		return await run.apply(this, [script, ...more]);
	});
	const error = await failureOf(restore(['index.html', 'a/b', 'with blank']));
	spy.mockRestore();
	expect(error.code).toBe('restore_failed');
	expect(
		describeTree(data)
			.replace(/^ d .*$/m, '')
			.replace(/^a d .*$/m, ''),
	).toBe(before.replace(/^a d .*$/m, ''));
	expect(readFileSync(`${data}/with blank`, 'utf8')).toBe('saved with blank');
});

const files = ['a/b/one', 'a/b/two', 'a/other', 'index.html', 'with blank'];

/** `saved`, `live`, or whatever each of the files begins with. */
const contentOf = (root: string): string =>
	[
		...new Set(
			files.map((name) =>
				existsSync(`${root}/${name}`) ? readFileSync(`${root}/${name}`, 'utf8').split(' ')[0] : 'nothing',
			),
		),
	].join();

test.each<[string, object]>([
	['all of a volume', {}],
	['paths of a volume', { paths: { 'volume-media': ['a', 'index.html', 'with blank'] } }],
])(
	'BK-26: a restore of %s is killed at each of its steps: old or new, what was there is kept, and it can be run again',
	async (_, wanted) => {
		const fill = (): void => {
			for (const name of readdirSync(data)) {
				if (!name.startsWith('.opsdesk-restore-')) rmSync(`${data}/${name}`, { recursive: true });
			}
			mkdirSync(`${data}/a/b`, { recursive: true });
			for (const name of files) writeFileSync(`${data}/${name}`, `live ${name}`);
		};
		const states = new Set<string>();
		fill();
		const killed = await killAtEachRequest(stand, shop, wanted, () => {
			const state = contentOf(data);
			states.add(state);
			if (!['live', 'saved'].includes(state)) throw new Error(listTree(data).join('\n'));
			const keeping = readdirSync(data).filter((name) => name.startsWith('.opsdesk-before-'));
			expect(keeping.map((name) => contentOf(`${data}/${name}`))).toEqual(state === 'saved' ? ['live'] : []);
			fill();
			return Promise.resolve();
		});
		expect(killed).toBeGreaterThan(6);
		expect([...states].sort()).toEqual(['live', 'saved']);
		expect(contentOf(data)).toBe('saved');
		expect(contentOf(kept())).toBe('live');
		expect(readdirSync(data).filter((name) => name.startsWith('.opsdesk-restore-'))).toEqual([]);
	},
);

test('BK-26: what is kept in a volume and in a path of the host is listed and removed, unless it may be all there is', async () => {
	const host = stand.folder();
	writeFileSync(`${host}/page`, 'saved');
	const media = { name: 'media', volume: `shop_media_${volumes}` };
	const page = { name: 'www', path: host, via: 'engine' } as const;
	const common = {
		destinations: [{ name: 'local', type: 'directory' as const, path: stand.folder() }],
		restore: { keepPreviousDays: 14 },
	};
	const saved = site({ backup: { volumes: [media], directories: [page] }, ...common });
	// Where there is no such volume or folder, nothing is kept in it.
	const of = site({
		backup: {
			volumes: [media, { name: 'none', volume: 'shop_none' }],
			directories: [page, { name: 'gone', path: `${host}/gone`, via: 'engine' }],
		},
		...common,
	});
	await backUpSite(saved, stand.context());
	await restoreSite(saved, stand.context(), { restorePoint: 'latest', overwrite: true });
	const later = stand.context({ now: () => new Date(Date.now() + 15 * 24 * 60 * 60_000) });
	const { copies, problems } = await listKeptCopies(of, stand.context());
	expect(problems).toEqual([]);
	const [name = ''] = readdirSync(host).filter((found) => found.startsWith('.opsdesk-before-'));
	expect(copies.toSorted((a, b) => a.artefact.localeCompare(b.artefact))).toMatchObject([
		{ artefact: 'files-www', place: `host path ${host}`, name, ageDays: 0, sizeBytes: 5 },
		{ artefact: 'volume-media', place: `volume shop_media_${volumes}`, name, restorePoint: name.slice(16) },
	]);
	// As a change leaves it that was interrupted with its helper, and one where all was moved away and nothing came.
	mkdirSync(`${data}/.opsdesk-restore-x-${newStagingToken()}.moved`);
	rmSync(`${host}/page`);
	const foreign = ['.opsdesk-before-mine', `${name}.copy`];
	for (const folder of foreign) mkdirSync(`${data}/${folder}`);
	const held = await removeKeptCopies(of, later);
	expect(held).toMatchObject({ status: 'warning', freedBytes: 0 });
	expect(held.copies.map(({ reason }) => reason)).toEqual(
		expect.arrayContaining([
			expect.stringContaining('was interrupted (.opsdesk-restore-x-'),
			expect.stringContaining('may be all there is'),
		]),
	);
	expect([...readdirSync(host), ...readdirSync(data)].filter((found) => found === name)).toHaveLength(2);
	for (const left of readdirSync(data).filter((found) => found.endsWith('.moved')))
		rmSync(`${data}/${left}`, { recursive: true });
	writeFileSync(`${host}/page`, 'live');
	expect(await removeKeptCopies(of, stand.context())).toMatchObject({ status: 'ok', freedBytes: 0 });
	expect(await removeKeptCopies(of, later)).toMatchObject({
		status: 'ok',
		copies: [{ action: 'removed' }, { action: 'removed' }],
	});
	expect(readdirSync(host)).toEqual(['page']);
	expect(readdirSync(data).sort()).toEqual([...foreign, 'a', 'index.html', 'with blank'].sort());
	await stand.noHelperIsLeft();
});
