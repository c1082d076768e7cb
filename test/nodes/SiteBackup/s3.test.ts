import { s3Bucket, s3Keys, startS3, type S3Stand } from '../../support/s3';
import { Scope } from '../../support/scope';
import { fromDefinition, runNode, sampleSite, type SampleSite } from './site-runner';

let scope: Scope;
let s3: S3Stand;
let shop: SampleSite;

beforeAll(async () => {
	scope = await Scope.open('site-s3');
	s3 = await startS3(scope);
	shop = sampleSite(scope, 'shop');
});
afterEach(() => s3.empty());
afterAll(async () => {
	await s3?.close();
	await scope?.close();
});

const definition = (fields: object = {}) => ({
	...shop.definition,
	destinations: [{ name: 'far', type: 's3', bucket: s3Bucket, ...fields }],
});
const backUp = (parameters: Parameters<typeof runNode>[0], credentials: Parameters<typeof runNode>[5]) =>
	runNode(parameters, {}, undefined, undefined, undefined, credentials);
/** As n8n keeps it. */
const s3Credential = () => ({ ...s3Keys, endpoint: s3.url, region: 'us-east-1', forcePathStyle: true });

test("a bucket is reached with n8n's own credential S3, and with AWS where the destination says so", async () => {
	const first = await backUp(fromDefinition('backUp', definition()), { s3: s3Credential() });
	expect(first.json('Backup')).toEqual([expect.objectContaining({ status: 'ok' })]);
	const aws = { ...s3Keys, region: 'us-east-1', temporaryCredentials: false, sessionToken: 'left over' };
	const fields = { credential: 'aws', endpoint: s3.url, prefix: 'web-1' };
	const second = await backUp(fromDefinition('backUp', definition(fields)), {
		aws,
		s3: { accessKeyId: 'x' },
	});
	expect(second.json('Backup')).toEqual([expect.objectContaining({ status: 'ok' })]);
	expect(s3.objects().map((name) => name.replace(/\d{8}T\d{6}Z-\w{6}/, 'id'))).toEqual([
		'shop/id/files-www.tar.zst',
		'shop/id/manifest.json',
		'web-1/shop/id/files-www.tar.zst',
		'web-1/shop/id/manifest.json',
	]);
});

test('a bucket stands in the fields of the node, and what is left empty has its default', async () => {
	const far = {
		name: 'far',
		type: 's3',
		bucket: s3Bucket,
		prefix: ' web-2 ',
		endpoint: '',
		region: '',
		partSizeMiB: 0,
	};
	const parameters = {
		operation: 'backUp',
		siteSource: 'fields',
		name: 'shop',
		directories: { directory: [{ name: 'www', path: shop.source }] },
		destinations: { destination: [{ ...far, storageClass: '', credential: 's3', readBack: 'always' }] },
	};
	const run = await backUp(parameters, { s3: s3Credential() });
	expect(run.json('Backup')).toEqual([expect.objectContaining({ status: 'ok' })]);
	expect(s3.objects()[0]).toMatch(/^web-2\/shop\//);
});

test('a destination whose credential is not selected fails alone and says what to select', async () => {
	const local = { name: 'local', type: 'directory', path: shop.backups };
	const both = { ...definition(), destinations: [local, ...definition().destinations] };
	const { error } = await backUp(fromDefinition('backUp', both), {});
	expect(error?.message).toContain('There are no keys for the S3 destination "far"');
	expect(error?.description).toContain('Select a credential of the type "S3" in the node');
	expect(shop.restorePoints()).toHaveLength(1);
});
