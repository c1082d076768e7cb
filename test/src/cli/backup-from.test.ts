import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { runCommandLine } from '../../../src/cli';
import { readPlace } from '../../../src/cli/backup-place';
import { s3Bucket, s3Keys, startS3, type S3Stand } from '../../support/s3';
import { Scope } from '../../support/scope';

let scope: Scope;
let s3: S3Stand;

beforeAll(async () => {
	scope = await Scope.open('cli-from');
	s3 = await startS3(scope);
});
afterAll(async () => {
	await s3?.close();
	await scope.close();
});

async function run(...args: string[]): Promise<{ exitCode: number; said: string }> {
	let said = '';
	const exitCode = await runCommandLine(['backup', ...args, '--state', scope.path('state')], {
		out: (text) => (said += text),
		err: (text) => (said += text),
		env: {
			OPSDESK_S3_ACCESS_KEY_ID: s3Keys.accessKeyId,
			OPSDESK_S3_SECRET_ACCESS_KEY: s3Keys.secretAccessKey,
			OPSDESK_S3_ENDPOINT: s3.url,
		},
	});
	return { exitCode, said };
}

/** Backs up a site with one file into a folder and a bucket; everything but those is gone then. */
async function lostSite(): Promise<{ www: string; backups: string }> {
	s3.empty();
	const [www, backups, file] = [`${scope.emptyFolder()}/www`, scope.emptyFolder(), scope.path('site.json')];
	mkdirSync(www);
	writeFileSync(`${www}/index.html`, '<h1>shop</h1>');
	writeFileSync(
		file,
		JSON.stringify({
			name: 'shop',
			backup: { directories: [{ name: 'www', path: www }] },
			destinations: [
				{ name: 'local', type: 'directory', path: backups },
				{ name: 'off-site', type: 's3', bucket: s3Bucket, prefix: 'web-1' },
			],
		}),
	);
	expect(await run('run', '--site', file)).toMatchObject({ exitCode: 0 });
	rmSync(www, { recursive: true });
	rmSync(file);
	return { www, backups };
}

test('BK-29: with nothing but a folder of backups left, a site is listed, verified and restored', async () => {
	const { www, backups } = await lostSite();
	const from = ['--from', `${backups}/shop`];
	expect(await run('list', ...from)).toMatchObject({
		exitCode: 0,
		said: expect.stringMatching(/shop +\d{8}T/),
	});
	expect(await run('verify', ...from)).toMatchObject({ exitCode: 0 });
	expect(await run('restore', 'latest', ...from)).toMatchObject({ exitCode: 0 });
	expect(readFileSync(`${www}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
});

test('BK-29: with nothing but a bucket left, a site is restored to where it was, or elsewhere', async () => {
	const { www, backups } = await lostSite();
	rmSync(`${backups}/shop`, { recursive: true });
	const from = ['--from', `s3://${s3Bucket}/web-1/shop`];
	const elsewhere = `${scope.emptyFolder()}/www`;
	expect(await run('restore', 'latest', ...from, '--to', `files-www=${elsewhere}`)).toMatchObject({
		exitCode: 0,
	});
	expect(readFileSync(`${elsewhere}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
	expect(existsSync(www)).toBe(false);
	expect(await run('restore', 'latest', ...from)).toMatchObject({ exitCode: 0 });
	expect(readFileSync(`${www}/index.html`, 'utf8')).toBe('<h1>shop</h1>');
});

test('a place without backups, one that is none, and both kinds of site at once are refused with the way out', async () => {
	const empty = scope.emptyFolder();
	const refusals: [string[], RegExp][] = [
		[['--from', `${empty}/shop`], /holds no good restore point of "shop"/],
		[['--from', `${empty}/Shop Site`], /not the folder of a site's backups: site: .*write "shop-site"/],
		[['--from', 's3:///shop'], /not the folder of a site's backups: destination\.bucket/],
		[['--from', `${empty}/shop`, '--site', 'shop.yaml'], /do not go with it/],
		[[], /Neither a site definition nor a place/],
	];
	for (const [options, message] of refusals) {
		const { exitCode, said } = await run('list', ...options);
		expect([exitCode > 0, said]).toEqual([true, expect.stringMatching(message)]);
	}
});

test('places are read as they are written elsewhere', () => {
	expect(readPlace('s3://example-backups/a/b/shop')).toMatchObject({
		site: 'shop',
		destination: { type: 's3', bucket: 'example-backups', prefix: 'a/b' },
	});
	expect(readPlace('s3://example-backups/shop/')).toMatchObject({
		site: 'shop',
		destination: { prefix: '' },
	});
	expect(readPlace('engine:/srv/backups/shop')).toMatchObject({
		site: 'shop',
		destination: { type: 'engine', path: '/srv/backups' },
	});
	expect(readPlace('/mnt/backups/shop/')).toMatchObject({
		destination: { type: 'directory', path: '/mnt/backups' },
	});
});
