import { parseSites, SiteError } from '../../../src/shared';

const bucket = { name: 'far', type: 's3', bucket: 'example-backups' };

function faultsOf(...destinations: object[]): Record<string, string> {
	const directories = [{ name: 'www', path: '/srv/shop/www' }];
	try {
		parseSites({ name: 'shop', backup: { directories }, destinations });
	} catch (error) {
		if (!(error instanceof SiteError)) throw error;
		return Object.fromEntries(error.faults.map(({ field, problem }) => [field, problem]));
	}
	return {};
}

it.each([
	['a bucket with an address in place of a name', { bucket: 's3://example-backups' }, 'bucket'],
	['a bucket with capital letters', { bucket: 'Example' }, 'bucket'],
	['a prefix that climbs', { prefix: 'a/../b' }, 'prefix'],
	['a prefix with a line break', { prefix: 'a\nb' }, 'prefix'],
	['an endpoint without a protocol', { endpoint: 's3.example.com' }, 'endpoint'],
	['an endpoint with a password', { endpoint: 'https://key:secret@s3.example.com' }, 'endpoint'],
	['a region that is none', { region: 'eu central' }, 'region'],
	['parts smaller than services take', { partSizeMiB: 4 }, 'partSizeMiB'],
	['a storage class that is none', { storageClass: 'standard' }, 'storageClass'],
	['keys, which belong into a credential', { secretAccessKey: 'x' }, 'secretAccessKey'],
])('%s is refused, and never quoted', (_, fields, field) => {
	const faults = faultsOf({ ...bucket, ...fields });
	expect(Object.keys(faults)).toEqual([`destinations[0].${field}`]);
	expect(JSON.stringify(faults)).not.toContain('secret@');
});

it('slashes around and within a prefix are tidied away', () => {
	const input = {
		name: 'shop',
		backup: { volumes: [{ name: 'media', volume: 'media' }] },
		destinations: [{ ...bucket, prefix: '/a//b/' }],
	};
	expect(parseSites(input)[0]?.destinations).toEqual([
		{ ...bucket, prefix: 'a/b', readBack: 'auto', credential: 's3' },
	]);
});

it('the same bucket and prefix of one service stand only once in a site', () => {
	expect(faultsOf(bucket, { ...bucket, name: 'again', prefix: '/' })).toEqual({
		'destinations[1].bucket': expect.stringContaining('same place as entry 1'),
	});
	const endpoint = 'https://s3.example.com';
	expect(
		Object.keys(faultsOf({ ...bucket, endpoint }, { ...bucket, name: 'x', endpoint: `${endpoint}/` })),
	).toEqual(['destinations[1].bucket']);
	expect(faultsOf(bucket, { ...bucket, name: 'other', prefix: 'web-2' })).toEqual({});
	expect(faultsOf(bucket, { ...bucket, name: 'other', endpoint })).toEqual({});
});
