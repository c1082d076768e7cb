import { mkdirSync, writeFileSync } from 'node:fs';
import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';

import { backUpSite } from '../../../src/backup';
import { parseSites } from '../../../src/shared';
import type { WorkflowRun } from '../../support/in-process';
import { s3Bucket, s3Keys, startS3, type S3Stand } from '../../support/s3';
import { Scope } from '../../support/scope';
import { askAsTool, runCheck } from './run-check';

let scope: Scope;
let s3: S3Stand;
let definition: IDataObject;

beforeAll(async () => {
	scope = await Scope.open('site-check-backups');
	process.env['OPSDESK_STATE'] = scope.emptyFolder();
	s3 = await startS3(scope);
	const [www, backups] = [scope.emptyFolder(), scope.path('backups')];
	writeFileSync(`${www}/index.html`, '<h1>shop</h1>');
	mkdirSync(backups);
	definition = {
		name: 'shop',
		backup: { directories: [{ name: 'www', path: www }] },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
		expect: { every: '24h' },
		checks: [{ name: 'Backups', type: 'backup', alert: { failures: 1 } }],
	};
});

afterAll(async () => {
	delete process.env['OPSDESK_STATE'];
	await s3?.close();
	await scope.close();
});

const run = (
	parameters: IDataObject,
	credentials?: Record<string, ICredentialDataDecryptedObject>,
): Promise<WorkflowRun> => runCheck(parameters, { ...(credentials && { credentials }) });

const ofDefinition = (site: IDataObject): IDataObject => ({
	...{ operation: 'runChecks', source: 'definition', set: 'backups', told: 'handedOut' },
	definition: JSON.stringify(site),
});

async function backUp(site: IDataObject, secrets = {}): Promise<void> {
	const [parsed] = parseSites(site);
	const report = parsed && (await backUpSite(parsed, { secrets }));
	if (report?.status !== 'ok') throw new Error(JSON.stringify(report));
}

test('a site that has no backup is told as such, and well once it has one', async () => {
	const first = await run(ofDefinition(definition));
	expect(first.json('Check', 0)).toMatchObject([
		{ key: 'shop/Backups', type: 'backup', status: 'critical', reason: 'none_good' },
	]);
	expect(first.json('Check', 1)).toMatchObject([{ title: 'shop/Backups fails' }]);
	await backUp(definition);
	const [well] = (await run(ofDefinition(definition))).json('Check', 0);
	expect(well).toMatchObject({
		...{ status: 'ok', reason: 'ok' },
		details: { destinations: [{ destination: 'local', level: 'ok' }] },
	});
	expect(well?.['message']).toMatch(
		/^Backups of "shop" at "local": the newest good one is .* old \(.* B\)\.$/,
	);
});

test('checks of a list look at the sites that stand beside them, and one of another site is unknown', async () => {
	const check = (site: string): IDataObject => ({ name: `Backups of ${site}`, type: 'backup', site });
	const done = await run({
		...{ operation: 'runChecks', source: 'checks', set: 'list', told: 'handedOut' },
		checks: JSON.stringify([check('shop'), check('blog')]),
		options: { backupSites: JSON.stringify([definition]) },
	});
	expect(done.json('Check', 0)).toMatchObject([
		{ key: 'Backups of shop', status: 'ok' },
		{ key: 'Backups of blog', status: 'unknown', reason: 'config' },
	]);
	const wrong = await run({
		...{ operation: 'runChecks', source: 'checks', set: 'list', told: 'handedOut' },
		checks: JSON.stringify([check('shop')]),
		options: { backupSites: '{"name": "Shop!"}' },
	});
	expect(wrong.error?.message).toContain('"Backup Sites"');
});

test('who is to be told of a site is told of its backups in a list too', async () => {
	const destinations = [{ name: 'local', type: 'directory', path: scope.emptyFolder() }];
	const done = await run({
		...{ operation: 'runChecks', source: 'checks', set: 'owned', told: 'handedOut' },
		checks: JSON.stringify([{ name: 'Backups', type: 'backup', site: 'shop', alert: { failures: 1 } }]),
		options: { backupSites: JSON.stringify([{ ...definition, destinations, owner: 'web@example.com' }]) },
	});
	expect(done.json('Check', 1)).toMatchObject([{ title: 'Backups fails', owner: 'web@example.com' }]);
});

test('HC-28: a bucket is looked at with its credential, without one it is unknown, and no key is told', async () => {
	const destinations = [{ name: 'far', type: 's3', bucket: s3Bucket, endpoint: s3.url }];
	const far = { ...definition, destinations };
	await backUp(far, { s3: { far: s3Keys } });
	const target = { operation: 'checkTarget', type: 'backup', site: 'shop', backupSites: JSON.stringify(far) };
	const credential = { ...s3Keys, endpoint: s3.url, region: 'us-east-1', forcePathStyle: true };
	expect((await run(target, { s3: credential })).json('Check')).toMatchObject([{ status: 'ok' }]);
	const [keyless] = (await run(target)).json('Check');
	expect(keyless).toMatchObject({ status: 'unknown' });
	expect(keyless?.['message']).toContain('Select a credential of the type "S3"');
	const foreign = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'another-very-secret-key' };
	const wrong = await run(target, { s3: { ...credential, ...foreign } });
	expect(wrong.json('Check')).toMatchObject([{ status: 'unknown' }]);
	expect(JSON.stringify(wrong.raw.data.resultData.runData)).not.toContain('another-very-secret-key');
});

test('as a tool, the backups of no site are looked at unless a person has allowed it', async () => {
	const parameters = {
		...{ operation: 'checkTarget', type: 'backup', site: 'shop' },
		backupSites: JSON.stringify(definition),
	};
	const ask = (allowPrivateAddresses: boolean): Promise<string> =>
		askAsTool({ ...parameters, allowPrivateAddresses });
	expect(await ask(false)).toContain('is not allowed');
	expect(await ask(true)).toContain('the newest good one is');
});
