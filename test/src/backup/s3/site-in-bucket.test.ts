import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { backUpSite, listSite, restoreSite, verifySite } from '../../../../src/backup';
import { s3Keys } from '../../../support/s3';
import { compiledBackup, describeTree, errorOf, fillWithHardNames, listTree } from '../stand';
import { noise, useBucket } from './s3-stand';

// Whole runs of a site that is kept in a bucket.

const stand = useBucket('s3-site');
const latest = { restorePoint: 'latest' };

function source(sizeBytes = 0): string {
	const www = `${stand.scope.emptyFolder()}/www`;
	mkdirSync(www);
	writeFileSync(`${www}/index.html`, '<h1>shop</h1>');
	if (sizeBytes > 0) writeFileSync(`${www}/large`, noise(sizeBytes));
	return www;
}

test('BK-29: with the source and the local backups gone, a site is restored from its bucket alone', async () => {
	const [www, local] = [source(18_000_000), stand.scope.emptyFolder()];
	fillWithHardNames(www);
	const before = describeTree(www);
	const site = stand.site({ www }, { local }, { prefix: 'web-1' });
	expect(await backUpSite(site, stand.context)).toMatchObject({
		status: 'ok',
		destinations: [
			{ name: 'local', status: 'ok' },
			{ name: 'bucket', status: 'ok' },
		],
	});
	for (const folder of [www, local]) rmSync(folder, { recursive: true });
	expect(await listSite(site, stand.context)).toMatchObject({
		restorePoints: [{ destination: 'bucket', state: 'ok' }],
		problems: [{ destination: 'local' }],
	});
	expect(await verifySite(site, stand.context, { ...latest, destination: 'bucket' })).toMatchObject({
		ok: true,
	});
	expect(await restoreSite(site, stand.context, latest)).toMatchObject({ destination: 'bucket' });
	expect(describeTree(www)).toBe(before);
	expect(
		stand.objects().every((name) => /\/(?:files-www\.tar\.zst|manifest\.json|verified\.json)$/.test(name)),
	).toBe(true);
});

test('BK-19: a service that does not end the uploads of a killed run still takes the backup, and the report says so', async () => {
	const site = stand.site({ www: source() }, {}, { endpoint: stand.url });
	const bucket = await stand.open({ prefix: '', endpoint: stand.url });
	const path = 'shop/20261120T020000Z-1a2b3c/files-www.tar.zst';
	const record = 'shop/.uploads/0123456789abcdef.json';
	await bucket.createNew(record, Buffer.from(JSON.stringify({ path, uploadId: 'abandoned' })));
	const report = await backUpSite(site, stand.context);
	expect(report).toMatchObject({
		status: 'ok',
		message: expect.stringMatching(/Unfinished uploads .* could not be ended .*MethodNotAllowed/),
		destinations: [{ status: 'ok' }],
	});
	// It stays recorded, so that the next run tries again.
	expect(stand.objects()).toContain(record);
});

test('BK-19: when the upload fails the local copy is good, and the run is partial and says why', async () => {
	const [www, local] = [source(12_000_000), stand.scope.emptyFolder()];
	const site = stand.site({ www }, { local });
	stand.proxy.fault = ({ name }) =>
		name.startsWith('PUT-PART 2') ? { answer: { status: 403, code: 'ExpiredToken' } } : undefined;
	const report = await backUpSite(site, stand.context);
	expect(report).toMatchObject({
		status: 'partial',
		message: expect.stringContaining('the temporary keys have expired'),
		destinations: [
			{ name: 'local', status: 'ok' },
			{ name: 'bucket', status: 'failed', problems: [{ code: 'destination_refused' }] },
		],
	});
	expect(stand.objects()).toEqual([]);
	expect(stand.openUploads()).toEqual([]);
	expect(await verifySite(site, stand.context, { ...latest, destination: 'local' })).toMatchObject({
		ok: true,
	});
});

test('BK-19: a bucket that does not exist fails alone and at once', async () => {
	const [www, local] = [source(), stand.scope.emptyFolder()];
	const report = await backUpSite(stand.site({ www }, { local }, { bucket: 'another' }), stand.context);
	expect(report).toMatchObject({
		status: 'partial',
		destinations: [{ status: 'ok' }, { status: 'failed', problems: [{ code: 'destination_missing' }] }],
	});
});

test('BK-21: a byte of an artefact that changes in the bucket is found', async () => {
	const site = stand.site({ www: source(100_000) });
	const { id } = await backUpSite(site, stand.context);
	const file = stand.fileOf(`shop/${id}/files-www.tar.zst`);
	const content = readFileSync(file);
	content[5000] = (content[5000] ?? 0) ^ 1;
	writeFileSync(file, content);
	expect(await verifySite(site, stand.context, latest)).toMatchObject({ ok: false });
	expect(await errorOf(restoreSite(site, stand.context, { ...latest, overwrite: true }))).toMatchObject({
		code: 'verification_failed',
	});
});

test('files that are not ours, in the bucket and in the folder of a restore point, are never touched', async () => {
	const site = stand.site({ www: source() });
	const foreign = ['shop/notes.txt', 'shop/20261120T020000Z-1a2b3c/notes.txt', 'other/backup.lock'];
	const destination = await stand.open({ prefix: '' });
	for (const name of foreign) await destination.createNew(name, Buffer.from('keep'));
	const { id } = await backUpSite(site, stand.context);
	expect(stand.objects()).toEqual(
		[...foreign, `shop/${id}/files-www.tar.zst`, `shop/${id}/manifest.json`].sort(),
	);
});

/** A run in a process of its own, which is killed at the first request whose name begins so. */
async function killedAt(prefix: string, www: string): Promise<void> {
	const site = stand.site({ www });
	const script = `require(${JSON.stringify(compiledBackup)})
		.backUpSite(${JSON.stringify(site)}, ${JSON.stringify({ secrets: { s3: { '*': s3Keys } } })});`;
	const reached = new Promise<void>((resolve) => {
		stand.proxy.fault = ({ name }) => {
			if (!name.startsWith(prefix)) return undefined;
			resolve();
			return { stall: true };
		};
	});
	const child = stand.scope.start('run', process.execPath, { args: ['-e', script] });
	await reached;
	await child.end('SIGKILL');
	stand.proxy.fault = () => undefined;
}

describe('BK-2: after a run that was killed', () => {
	test.each<[string, string, boolean]>([
		['before the record of its upload', 'PUT shop/.uploads/', true],
		['during part 3 of its upload, at a service that lists open uploads', 'PUT-PART 3', true],
		['during part 3 of its upload, at a service that lists none', 'PUT-PART 3', false],
		['while its upload was completed', 'COMPLETE', false],
		['at its manifest', 'PUT shop/2', true],
	])(
		'%s, nothing lists as good, and the next run leaves nothing of it',
		async (_, prefix, knowsOpenUploads) => {
			const www = source(18_000_000);
			stand.proxy.knowsOpenUploads = knowsOpenUploads;
			await killedAt(prefix, www);
			const site = stand.site({ www });
			const { restorePoints } = await listSite(site, stand.context);
			expect(restorePoints.filter(({ state }) => state !== 'unfinished')).toEqual([]);
			const report = await backUpSite(site, stand.context);
			expect(report).toMatchObject({ status: 'ok', message: expect.stringContaining('Took over the lock') });
			expect(stand.openUploads()).toEqual([]);
			const left = stand.objects().filter((name) => !name.includes(report.id));
			// A sign of life has one name for all runs, and says nothing by itself.
			expect(left.filter((name) => !name.endsWith('.beat'))).toEqual([]);
			expect(await verifySite(site, stand.context, latest)).toMatchObject({ ok: true });
		},
	);
});

test('the recipe of a manifest restores what was downloaded from the bucket by other tools', async () => {
	const www = source(100_000);
	const before = describeTree(www);
	const { id } = await backUpSite(stand.site({ www }), stand.context);
	const folder = stand.scope.emptyFolder();
	for (const file of ['manifest.json', 'files-www.tar.zst']) {
		writeFileSync(`${folder}/${file}`, readFileSync(stand.fileOf(`shop/${id}/${file}`)));
	}
	const { recipe } = JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8')) as { recipe: string[] };
	rmSync(www, { recursive: true });
	execFileSync('sh', ['-e', '-c', recipe.join('\n')], { cwd: folder, stdio: 'ignore' });
	expect(describeTree(www)).toBe(before);
	expect(listTree(folder)).toHaveLength(2);
});
