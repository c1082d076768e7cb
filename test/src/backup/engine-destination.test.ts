import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { backUpSite, type BackupProgress } from '../../../src/backup';
import { BackupError } from '../../../src/backup/errors';
import { encodeHolder, newHolder } from '../../../src/backup/lock-holder';
import { Helper, helperLabel, parseConnection } from '../../../src/docker';
import type { Site } from '../../../src/shared';
import { imageTag } from '../../support/images/images';
import { failureOf, filesIn, site, until, useBackupStand } from './engine-stand';

const stand = useBackupStand('engine-destination', ['tools']);

const hostSite = (path: string, www: string, destinations: object[] = []): Site =>
	site({
		backup: { directories: [{ name: 'www', path: www, via: 'engine' }] },
		destinations: [
			{ name: 'host', type: 'engine', path },
			...(destinations as { name: string; type: 'engine'; path: string }[]),
		],
	});

function largeFolder(sizeBytes: number): string {
	const www = stand.folder();
	execFileSync('sh', ['-c', `head -c ${sizeBytes} /dev/urandom > "$0/random"`, www]);
	return www;
}

/** Mounts something for the time of some work. */
async function mounted<T>(args: string[], point: string, work: () => Promise<T>): Promise<T> {
	execFileSync('mount', [...args, point]);
	try {
		return await work();
	} finally {
		execFileSync('umount', ['-l', point]);
	}
}

test('BK-1: a destination that is already full fails at once and keeps no lock', async () => {
	const [folder, www] = [stand.folder(), stand.folder()];
	await mounted(['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs'], folder, async () => {
		mkdirSync(join(folder, 'shop'));
		execFileSync('sh', ['-c', 'cat /dev/zero > "$0/filler" 2>/dev/null || true', folder]);
		const report = await backUpSite(hostSite(folder, www), stand.context(), {
			lockTimes: { heartbeatMs: 100, staleAfterMs: 500 },
		});
		expect(report).toMatchObject({
			status: 'failed',
			destinations: [{ problems: [{ code: 'destination_full' }] }],
		});
		expect(filesIn(folder)).toEqual(['filler', 'shop']);
	});
	await stand.noHelperIsLeft();
});

test('BK-41: a run that is cancelled while it writes through the engine leaves neither files nor locks', async () => {
	const [folder, www] = [stand.folder(), largeFolder(60_000_000)];
	const controller = new AbortController();
	const progress = ({ plainBytes }: BackupProgress): void => {
		if (plainBytes > 10_000_000) controller.abort();
	};
	const failure = await failureOf(
		backUpSite(hostSite(folder, www), stand.context({ signal: controller.signal, progress })),
	);
	expect(failure).toMatchObject({ name: 'BackupError', code: 'cancelled' });
	expect(filesIn(folder)).toEqual(['shop']);
	await stand.noHelperIsLeft();
});

test('a run that is cancelled while it waits for a lock says so and leaves the lock to its holder', async () => {
	const [folder, www] = [stand.folder(), stand.folder()];
	mkdirSync(join(folder, 'shop'));
	const holder = { ...newHolder('other', new Date()), who: 'process 7 on web-2', host: 'web-2', boot: 'x' };
	writeFileSync(join(folder, 'shop/backup.lock'), encodeHolder(holder));
	const controller = new AbortController();
	setTimeout(() => controller.abort(), 1500);
	const failure = await failureOf(
		backUpSite(hostSite(folder, www), stand.context({ signal: controller.signal }), {
			waitForLockMs: 600_000,
		}),
	);
	expect(failure).toMatchObject({ name: 'BackupError', code: 'cancelled' });
	expect(filesIn(folder)).toEqual(['shop', 'shop/backup.lock']);
	await stand.noHelperIsLeft();
});

test('BK-4: a lost lock ends the run even while the destination takes nothing', async () => {
	const [folder, www] = [stand.folder(), largeFolder(60_000_000)];
	// Not the folder of the engine itself: reading an archive would hold the mounts of all other containers.
	const docker = parseConnection({ ...stand.credential, allowedHostPaths: `${folder}, ${www}` });
	let stopped: string | undefined;
	const progress = ({ plainBytes }: BackupProgress): void => {
		if (plainBytes === 0 || stopped !== undefined) return;
		const running = stand.engine
			.cliAtOnce('ps', '--no-trunc', '--format', '{{.ID}} {{.Command}}')
			.split('\n');
		stopped = running.find((line) => line.includes('dd of='))?.split(' ')[0];
		const pids = stand.engine.cliAtOnce('top', stopped ?? 'none', '-eo', 'pid').match(/\d+/g) ?? [];
		for (const pid of pids) process.kill(Number(pid), 'SIGSTOP');
		const holder = { ...newHolder('other', new Date()), who: 'process 7 on web-2', host: 'web-2' };
		unlinkSync(join(folder, 'shop/backup.lock'));
		writeFileSync(join(folder, 'shop/backup.lock'), encodeHolder(holder));
	};
	const report = await backUpSite(hostSite(folder, www), stand.context({ docker, progress }), {
		lockTimes: { heartbeatMs: 300, staleAfterMs: 60_000 },
	});
	expect(stopped).toBeDefined();
	expect(report).toMatchObject({
		status: 'failed',
		message: expect.stringContaining('its holder now is process 7 on web-2'),
	});
	expect(filesIn(folder)).toEqual(['shop', 'shop/backup.lock']);
	await until('all helpers are gone', async () => (await stand.helpers()).length === 0);
});

test('one destination whose engine dies in the middle leaves the others whole', async () => {
	const [host, local, www] = [stand.folder(), stand.folder(), stand.folder()];
	execFileSync('sh', ['-c', 'head -c 60000000 /dev/urandom > "$0/random"', www]);
	const shop = site({
		backup: { directories: [{ name: 'www', path: www }] },
		destinations: [
			{ name: 'host', type: 'engine', path: host },
			{ name: 'local', type: 'directory', path: local },
		],
	});
	let dead = false;
	stand.proxy.before = () => Promise.resolve(dead ? { status: 503, body: 'gone' } : undefined);
	const progress = ({ plainBytes }: BackupProgress): void => {
		if (plainBytes === 0 || dead) return;
		dead = true;
		for (const id of stand.engine.cliAtOnce('ps', '-q', '--filter', `label=${helperLabel}`).split('\n')) {
			stand.engine.cliAtOnce('kill', id);
		}
	};
	try {
		const report = await backUpSite(shop, stand.context({ progress }));
		expect(dead).toBe(true);
		expect(report.destinations).toMatchObject([{ status: 'failed' }, { name: 'local', status: 'ok' }]);
	} finally {
		stand.proxy.before = () => Promise.resolve(undefined);
	}
});

test('BK-26: neither a source nor a destination is reached by a link below an allowed folder', async () => {
	const [outside, inside] = [stand.folder(), stand.folder()];
	writeFileSync(join(outside, 'secret'), 'secret');
	symlinkSync(outside, join(inside, 'link'));
	const docker = parseConnection({ ...stand.credential, allowedHostPaths: inside });
	mkdirSync(join(inside, 'backups'));
	mkdirSync(join(inside, 'www'));
	const source = await backUpSite(hostSite(join(inside, 'backups'), join(inside, 'link')), { docker });
	expect(source).toMatchObject({ artefacts: [{ problem: { code: 'path_is_link' } }] });
	const destination = await backUpSite(hostSite(join(inside, 'link'), join(inside, 'www')), { docker });
	expect(destination).toMatchObject({ destinations: [{ problems: [{ code: 'path_is_link' }] }] });
	expect(filesIn(outside)).toEqual(['secret']);
});

test('BK-6, BK-9: what the engine cannot read is named instead of being left out without a word', async () => {
	const [folder, www] = [stand.folder(), stand.folder()];
	mkdirSync(join(www, 'skipped'));
	for (const name of ['one', 'two']) writeFileSync(join(www, name), name);
	const shop = site({
		backup: { directories: [{ name: 'www', path: www, via: 'engine', exclude: ['/skipped/'] }] },
		destinations: [{ name: 'host', type: 'engine', path: folder }],
	});
	expect(await backUpSite(shop, stand.context())).toMatchObject({ status: 'ok' });

	const server = createServer().listen(join(www, 'socket'));
	// Just short enough for whoever is in the folder, and too long for the engine, which names it from the root on.
	const deep = [...Array<string>(15).fill('d'.repeat(255)), 'f'.repeat(248)];
	for (const name of ['', 'skipped']) {
		const script = 'cd "$0"; last=$1; shift; for n; do mkdir "$n"; cd "$n"; done; echo x > "$last"';
		execFileSync('sh', ['-c', script, join(www, name), deep[15] ?? '', ...deep.slice(0, 15)]);
	}
	const [directory] = shop.backup.directories;
	const strict: Site = {
		...shop,
		backup: { ...shop.backup, directories: directory ? [{ ...directory, unreadable: 'fail' }] : [] },
	};
	// BK-9: where that is asked for, nothing is stored without it.
	expect(await backUpSite(strict, stand.context())).toMatchObject({
		status: 'failed',
		artefacts: [
			{ problem: { code: 'source_unreadable', message: expect.stringMatching(/^1 part of the host path/) } },
		],
	});
	const report = await backUpSite(shop, stand.context()).finally(() => server.close());
	expect(report).toMatchObject({ status: 'warning', artefacts: [{ entries: 18 }] });
	expect([...(report.artefacts[0]?.warnings ?? [])].sort()).toEqual([
		expect.stringMatching(/^d+.*f{248}: is not in the backup: the engine could not read it/),
		'socket: a socket is not backed up',
	]);
});

test('BK-6: files that are removed while the engine reads are told as that, a few by name', async () => {
	const www = stand.folder();
	for (let index = 0; index < 20; index += 1) writeFileSync(join(www, `z${index}`), 'x');
	const gone = stand.folder();
	stand.proxy.before = ({ url = '' }) => {
		if (/\/archive\?/.test(url)) {
			for (let index = 0; index < 20; index += 2) renameSync(join(www, `z${index}`), join(gone, `z${index}`));
		}
		return Promise.resolve(undefined);
	};
	try {
		const report = await backUpSite(hostSite(stand.folder(), www), stand.context());
		const { entries, warnings = [] } = report.artefacts[0] ?? {};
		expect(entries).toBe(11);
		expect(warnings).toHaveLength(6);
		expect(warnings.filter((line) => /^z\d+: was removed meanwhile$/.test(line))).toHaveLength(5);
		expect(warnings).toContain('.: 5 more files were removed meanwhile');
	} finally {
		stand.proxy.before = () => Promise.resolve(undefined);
	}
});

test('what an archive that is sent breaks off with is told as it is, not as a fault of the network', async () => {
	const mount = { type: 'hostPath', path: stand.folder(), readOnly: false } as const;
	const docker = parseConnection(stand.credential);
	const helper = await Helper.open(docker, { purpose: 'test', site: 'shop', mount });
	const hostile = new BackupError('archive_hostile', 'It is hostile.', 'Use another.');
	async function* archive(): AsyncGenerator<Buffer> {
		yield await Promise.resolve(Buffer.alloc(512));
		throw hostile;
	}
	try {
		const upload = helper.upload(helper.root, Readable.from(archive(), { objectMode: false }));
		expect(await failureOf(upload)).toBe(hostile);
	} finally {
		await helper.close();
	}
});

test('BK-42: calls to the engine leave no listeners on the signal of the run', async () => {
	const controller = new AbortController();
	const { signal } = controller;
	let listeners = 0;
	const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
	signal.addEventListener = (...args: Parameters<typeof add>) => {
		listeners += 1;
		add(...args);
	};
	signal.removeEventListener = (...args: Parameters<typeof remove>) => {
		listeners -= 1;
		remove(...args);
	};
	const mount = { type: 'hostPath', path: stand.folder(), readOnly: false } as const;
	const helper = await Helper.open(parseConnection(stand.credential), {
		purpose: 'test',
		site: 'shop',
		mount,
		signal,
	});
	for (let round = 0; round < 5; round += 1) {
		await helper.run('true', [], { signal });
		for await (const piece of await helper.archive(`${helper.root}/.`, signal)) void piece;
	}
	await helper.close();
	await until('no listener is left', () => listeners === 0);
});

test('BK-2: helpers that were made and never started are swept when they are old, others are not', async () => {
	const { docker } = stand.engine;
	const make = async (name: string, labels: Record<string, string>) =>
		(await docker.createContainer({ name, Image: imageTag('tools'), Labels: labels })).id;
	const left = await make('left', { [helperLabel]: 'backup' });
	const foreign = await make('foreign', {});
	const folder = stand.folder();
	const connection = parseConnection(stand.credential);
	const open = async (): Promise<void> => {
		const mount = { type: 'hostPath', path: folder, readOnly: true } as const;
		await (await Helper.open(connection, { purpose: 'test', site: 'shop', mount })).close();
	};
	const ids = async () => (await docker.listContainers({ all: true })).map(({ Id }) => Id);
	try {
		await open();
		await until('the helper is gone', async () => (await ids()).length === 2);
		expect((await ids()).sort()).toEqual([left, foreign].sort());
		// As the engine would answer two hours later.
		stand.proxy.before = async ({ url = '' }) => {
			if (!url.includes(helperLabel)) return undefined;
			const all = await docker.listContainers({ all: true, filters: { label: [helperLabel] } });
			const aged = all.map((container) => ({ ...container, Created: container.Created - 7200 }));
			return { status: 200, body: JSON.stringify(aged) };
		};
		await open();
		await until('the old one is gone', async () => (await ids()).length === 1);
		expect(await ids()).toEqual([foreign]);
	} finally {
		stand.proxy.before = () => Promise.resolve(undefined);
		for (const id of await ids()) await docker.getContainer(id).remove({ force: true });
	}
});
