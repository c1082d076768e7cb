import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import {
	generateKey,
	listSite,
	recoverContainers,
	verifySite,
	type BackupContext,
	type BackupReport,
} from '../../../src/backup';
import { parseSites, type Site } from '../../../src/shared';
import { imageTag } from '../../support/images/images';
import { randomFrom } from '../../support/random';
import { s3Bucket, s3Keys, startS3, type S3Stand } from '../../support/s3';
import type { ManagedProcess } from '../../support/scope';
import { startDatabase, until, useBackupStand, type BackupStand } from './engine-stand';
import { obedient } from './quiet-stand';
import { commandLine, listTree } from './stand';

/** A site of every kind of source, encrypted, with a container to stop, in a folder and in a bucket, two backups kept. */
export interface KilledRuns {
	/**
	 * Kills so many runs, each at a random moment, and after each looks at what it has left behind.
	 * @param seed of the moments
	 */
	kill(times: number, seed: number): Promise<void>;
}

export function useKilledRuns(label: string): KilledRuns {
	const stand = useBackupStand(label, ['tools', 'postgres']);
	let site: Site;
	let s3: S3Stand;
	let file: string;
	let backups: string;
	let context: BackupContext;
	let runs = 0;

	beforeAll(async () => {
		s3 = await startS3(stand.scope);
		const { identity, recipient } = await generateKey(new Date());
		backups = stand.folder();
		const definition = { ...(await makeSite(stand, s3, backups)), encryption: { recipients: [recipient] } };
		file = stand.scope.path('site.json');
		writeFileSync(file, JSON.stringify(definition));
		[site] = parseSites(definition) as [Site];
		context = stand.context({
			secrets: { encryption: { identities: [identity] }, s3: { '*': s3Keys } },
			stateFolder: stand.scope.path('state'),
		});
	});
	afterAll(() => s3?.close());

	/** A run as a person or a timer starts it. */
	function startRun(): ManagedProcess {
		runs += 1;
		return stand.scope.start(`run-${runs}`, process.execPath, {
			args: [
				...[commandLine, 'backup', 'run', '--site', file, '--json'],
				...['--docker', `unix://${stand.engine.socketPath}`, '--state', stand.scope.path('state')],
			],
			env: {
				OPSDESK_S3_ACCESS_KEY_ID: s3Keys.accessKeyId,
				OPSDESK_S3_SECRET_ACCESS_KEY: s3Keys.secretAccessKey,
			},
		});
	}

	async function runToEnd(): Promise<number> {
		const startedAt = performance.now();
		const run = startRun();
		while (run.running()) await sleep(20);
		const { reports } = JSON.parse(run.tail(10_000)) as { reports: BackupReport[] };
		if (reports[0]?.status !== 'ok')
			throw new Error(`A run was not good: ${JSON.stringify(reports, null, 1)}`);
		return performance.now() - startedAt;
	}

	/** Every restore point that lists as good, as `destination/id`. */
	async function goodOnes(): Promise<string[]> {
		const { restorePoints, problems } = await listSite(site, context);
		expect(problems).toEqual([]);
		const good = restorePoints.filter(({ state }) => state === 'ok' || state === 'warning');
		for (const { id, destination } of good) {
			const verdict = await verifySite(site, context, { restorePoint: id, destination });
			expect(verdict).toMatchObject({ ok: true });
		}
		return good.map(({ id, destination }) => `${destination}/${id}`);
	}

	const containerRuns = async (): Promise<boolean> =>
		(await stand.engine.docker.getContainer('shop-web').inspect()).State.Running;

	/** After a run that came to its end nothing is left of those that were killed. */
	async function expectNothingLeft(): Promise<void> {
		const good = await goodOnes();
		expect(good).toHaveLength(4);
		const isOf = (destination: string, path: string): boolean =>
			good.some((name) => `${destination}/${path}`.startsWith(name.replace('/', '/shop/')));
		expect(listTree(backups).filter((path) => path !== 'shop/' && !isOf('folder', path))).toEqual([]);
		expect(s3.objects().filter((key) => !isOf('bucket', key))).toEqual([]);
		expect(s3.openUploads()).toEqual([]);
		expect(await containerRuns()).toBe(true);
		await until('no helper that was started is left', async () => (await startedHelpers()) === 0);
	}

	/** One that a killed run had only made is removed by whoever comes an hour later. */
	async function startedHelpers(): Promise<number> {
		const filters = { label: ['opsdesk.helper'] };
		const all = await stand.engine.docker.listContainers({ all: true, filters });
		return all.filter(({ State }) => State !== 'created').length;
	}

	return {
		async kill(times, seed) {
			const random = randomFrom(seed);
			await runToEnd();
			const lastsMs = await runToEnd();
			await expectNothingLeft();
			for (let round = 1; round <= times; round += 1) {
				const moment = random();
				const told = `round ${round} of seed ${seed}, killed at ${Math.round(moment * 100)} % of ${Math.round(lastsMs)} ms`;
				try {
					const run = startRun();
					await sleep(moment * lastsMs);
					await run.end('SIGKILL');
					expect((await goodOnes()).length).toBeGreaterThanOrEqual(4);
					if (round % 2 === 0) {
						await recoverContainers(context);
						expect(await containerRuns()).toBe(true);
					} else {
						await runToEnd();
						await expectNothingLeft();
					}
				} catch (thrown) {
					throw new Error(told, { cause: thrown });
				}
			}
			await runToEnd();
			await expectNothingLeft();
		},
	};
}

async function makeSite(stand: BackupStand, s3: S3Stand, backups: string): Promise<object> {
	const www = stand.folder();
	const media = await stand.volume('shop_media');
	for (let index = 0; index < 300; index += 1) {
		mkdirSync(`${www}/${index % 10}`, { recursive: true });
		writeFileSync(`${www}/${index % 10}/${index}`, randomBytes(20_000));
	}
	// More than one part of an upload.
	writeFileSync(`${media}/film.mp4`, randomBytes(20_000_000));
	const web = await stand.engine.docker.createContainer({
		name: 'shop-web',
		Image: imageTag('tools'),
		Cmd: ['sleep', '100000'],
		...obedient,
		HostConfig: { Binds: ['shop_media:/media'] },
	});
	await web.start();
	const psql = await startDatabase(stand, 'shop-db', 'shop');
	await psql('create table orders as select n, md5(n::text) note from generate_series(1, 50000) n');
	return {
		name: 'shop',
		containers: ['shop-web'],
		consistency: 'stop',
		retention: { keepLast: 2 },
		backup: {
			directories: [{ name: 'www', path: www }],
			volumes: [{ name: 'media', volume: 'shop_media' }],
			databases: [{ name: 'shop', type: 'postgres', container: 'shop-db', database: 'shop' }],
		},
		destinations: [
			{ name: 'folder', type: 'directory', path: backups },
			{ name: 'bucket', type: 's3', bucket: s3Bucket, endpoint: s3.proxy.url },
		],
	};
}
