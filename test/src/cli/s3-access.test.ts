import { mkdirSync, writeFileSync } from 'node:fs';

import { runCommandLine } from '../../../src/cli';
import { s3Access } from '../../../src/cli/s3-access';
import { parseSites } from '../../../src/shared';
import { s3Bucket, s3Keys, startS3 } from '../../support/s3';
import { Scope } from '../../support/scope';

const bucket = { type: 's3', bucket: 'example-backups' };
const sites = parseSites({
	name: 'shop',
	backup: { volumes: [{ name: 'media', volume: 'media' }] },
	destinations: [
		{ name: 'off-site', ...bucket },
		{ name: 'second', ...bucket, prefix: 'b' },
		{ name: 'local', type: 'directory', path: '/backups' },
	],
});
const keys = (prefix: string) => ({
	[`${prefix}_ACCESS_KEY_ID`]: `${prefix} id `,
	[`${prefix}_SECRET_ACCESS_KEY`]: `${prefix} secret`,
});

test('keys of a destination come before those of all, and these before those of other tools', () => {
	const env = {
		...keys('OPSDESK_S3_OFF_SITE'),
		OPSDESK_S3_OFF_SITE_ENDPOINT: 'https://s3.example.com',
		...keys('OPSDESK_S3'),
		OPSDESK_S3_SESSION_TOKEN: 'token',
		OPSDESK_S3_REGION: 'eu-central-1',
		...keys('AWS'),
	};
	expect(s3Access(sites, { env })).toEqual({
		'off-site': {
			accessKeyId: 'OPSDESK_S3_OFF_SITE id',
			secretAccessKey: 'OPSDESK_S3_OFF_SITE secret',
			endpoint: 'https://s3.example.com',
			region: 'eu-central-1',
		},
		second: {
			accessKeyId: 'OPSDESK_S3 id',
			secretAccessKey: 'OPSDESK_S3 secret',
			sessionToken: 'token',
			region: 'eu-central-1',
		},
	});
	expect(s3Access(sites, { env: { ...keys('AWS'), AWS_DEFAULT_REGION: 'eu-west-1' } })['second']).toEqual({
		accessKeyId: 'AWS id',
		secretAccessKey: 'AWS secret',
		region: 'eu-west-1',
	});
	expect(s3Access(sites, { env: {} })).toEqual({});
});

test('half of a pair of keys, and an address that holds a password, are refused', () => {
	const half = { OPSDESK_S3_ACCESS_KEY_ID: 'a', ...keys('AWS') };
	expect(() => s3Access(sites, { env: half })).toThrow('OPSDESK_S3_SECRET_ACCESS_KEY is missing.');
	const env = { ...keys('AWS'), OPSDESK_S3_ENDPOINT: 'https://a:secret@s3.example.com' };
	expect(() => s3Access(sites, { env })).toThrow(
		/^The address of the S3 service must not hold keys or passwords/,
	);
});

test('BK-29: the command backs up to a bucket, and restores from it alone', async () => {
	const scope = await Scope.open('cli-s3');
	const s3 = await startS3(scope);
	try {
		const [www, target] = [scope.emptyFolder(), `${scope.emptyFolder()}/restored`];
		mkdirSync(`${www}/pictures`);
		writeFileSync(`${www}/index.html`, '<h1>shop</h1>');
		const file = scope.path('site.json');
		const backup = { directories: [{ name: 'www', path: www }] };
		const destinations = [{ name: 'far', type: 's3', bucket: s3Bucket, endpoint: s3.url }];
		writeFileSync(file, JSON.stringify({ name: 'shop', backup, destinations }));
		const env = {
			OPSDESK_S3_FAR_ACCESS_KEY_ID: s3Keys.accessKeyId,
			OPSDESK_S3_FAR_SECRET_ACCESS_KEY: s3Keys.secretAccessKey,
		};
		let printed = '';
		const print = (text: string) => (printed += text);
		const run = (...args: string[]) =>
			runCommandLine(['backup', ...args, '--site', file], { out: print, err: print, env });
		expect([await run('run'), printed]).toEqual([0, expect.any(String)]);
		expect(await run('verify')).toBe(0);
		expect(await run('restore', 'latest', '--to', `files-www=${target}`)).toBe(0);
		expect(printed).toContain(target);
	} finally {
		await s3.close();
		await scope.close();
	}
});
