import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

import { generateKey } from '../../src/backup';
import { sharedN8n } from '../support/n8n/shared';
import { s3Bucket, s3Keys, startS3, type S3Stand } from '../support/s3';
import { nodeOf } from './backing-up';
import { outcomesOf, useBackingUp } from './installed-backing-up';

const key = 'back-up-sites-daily';
const client = sharedN8n();
let s3: S3Stand;
const stand = useBackingUp('encrypted-bucket', async (scope) => {
	s3 = await startS3(scope);
});
afterAll(() => s3?.close());

/** The nodes that the sticky note of run-site-backups names. */
const nodes = [
	'Back up the site',
	'Verify the restore point',
	'Verify the newest restore point',
	'Read the state of the backups',
	'Rehearse the restore',
];

test('an encrypted site is stored in a bucket with credentials of n8n alone, verified, rehearsed, and opened by age', async () => {
	const { identity, recipient, file } = await generateKey(new Date());
	const backupKeyApi = await client.createCredential(`Key of ${key}`, 'backupKeyApi', {
		recipients: '',
		privateKeys: file,
		passphrase: '',
	});
	const bucket = await client.createCredential(`Bucket of ${key}`, 's3', {
		...s3Keys,
		endpoint: s3.url,
		region: 'us-east-1',
		forcePathStyle: true,
		ignoreSSLIssues: false,
	});
	const select = (...credentials: { type: string; id: string; name: string }[]) =>
		stand.backingUp.changeRuns((workflow) => {
			for (const name of nodes) {
				nodeOf(workflow, name).credentials = Object.fromEntries(
					credentials.map(({ type, id, name: label }) => [type, { id, name: label }]),
				);
			}
		});
	const site = stand.site('sealed', 'none', {
		destinations: [{ name: 'far', type: 's3', bucket: s3Bucket }],
		encryption: { recipients: [recipient] },
	});
	await select(backupKeyApi, bucket);
	await stand.backingUp.setUp(key, { tellSuccess: true });
	await stand.define(site);
	const stored = await stand.backingUp.run(key);
	const message = stored.alerts[0]?.message ?? '';
	expect([stored.error, message, outcomesOf(stored)]).toEqual(['', message, ['ok']]);
	expect(message).toMatch(new RegExp(`^${site.name} · ok · .* · far ok · proved`, 'm'));

	const [artefact = '', manifest = ''] = s3.objects();
	expect([artefact, manifest]).toEqual([
		expect.stringMatching(new RegExp(`^${site.name}/\\d{8}T\\d{6}Z-\\w{6}/files-www\\.tar\\.zst\\.age$`)),
		expect.stringMatching(/\/manifest\.json$/),
	]);
	expect(readFileSync(s3.fileOf(artefact)).subarray(0, 21).toString()).toBe('age-encryption.org/v1');
	const keyFile = stand.scope.path('key.txt');
	writeFileSync(keyFile, file);
	const script =
		'age -d -i "$1" "$2" | zstd -dc | tar -xOf - ./index.html 2>/dev/null || age -d -i "$1" "$2" | zstd -dc | tar -xOf - index.html';
	const content = execFileSync('sh', ['-c', script, '-', keyFile, s3.fileOf(artefact)], { encoding: 'utf8' });
	expect(content).toBe(`<h1>${site.name}</h1>`);

	const rehearsal = 'rehearse-restore-weekly';
	await stand.backingUp.setUp(rehearsal, { workFolder: stand.scope.emptyFolder() });
	const rehearsed = await stand.backingUp.run(rehearsal);
	expect([rehearsed.alerts[0]?.message, outcomesOf(rehearsed)]).toEqual([
		expect.stringContaining('from far · proved'),
		['ok'],
	]);
	const told = JSON.stringify([stored, rehearsed]);
	for (const secret of [identity, s3Keys.secretAccessKey]) expect(told).not.toContain(secret);

	// Without the key that opens it nothing but its bytes can be proved, which is never told as good.
	await select(bucket);
	await stand.backingUp.setUp('verify-backups-hourly', { gigabytesPerHour: 0 });
	const unread = await stand.backingUp.run('verify-backups-hourly');
	expect(outcomesOf(unread)).toEqual(['not proved']);
	for (const { id } of [backupKeyApi, bucket]) await client.deleteCredential(id);
});
