import { resolve } from 'node:path';
import { artefactName, artefactNames, parseSites, SiteError } from '../../../src/shared';

const site = (name: unknown, rest: object = {}): Record<string, unknown> => ({
	name,
	backup: { volumes: [{ name: 'media', volume: 'media' }] },
	destinations: [{ name: 'local', type: 'directory', path: '/backups' }],
	...rest,
});

/** What is said about each field of a definition that is refused. */
function faultsOf(definition: unknown): Record<string, string> {
	try {
		parseSites(definition);
	} catch (error) {
		if (error instanceof SiteError) {
			return Object.fromEntries(error.faults.map(({ field, problem }) => [field, problem]));
		}
		throw error;
	}
	return {};
}

describe('BK-34: the name of a site', () => {
	it.each(['shop', 'a', '7', 'shop-2', 'a--b', 'x'.repeat(63), 'con-site', 'com10', 'console'])(
		'may be %s and is a folder right below the destination',
		(name) => {
			const [parsed] = parseSites(site(name));
			expect(parsed?.name).toBe(name);
			expect(resolve('/backups', name)).toBe(`/backups/${name}`);
		},
	);

	it.each([
		['../x', 'write "x"'],
		['..', 'may hold only'],
		['.', 'may hold only'],
		['/etc', 'write "etc"'],
		['a/b', 'write "a-b"'],
		['a\\b', 'write "a-b"'],
		['', 'must not be empty'],
		['x'.repeat(300), `is 300 characters long, at most 63 are allowed; write "${'x'.repeat(63)}"`],
		['x'.repeat(64), 'is 64 characters long'],
		['CON', 'device on Windows disks and shares; write "con-site"'],
		['nul', 'device on Windows disks'],
		['com1', 'device on Windows disks'],
		['lpt9', 'device on Windows disks'],
		['con.txt', 'write "con-txt"'],
		['Shop', 'write "shop"'],
		['Bäckerei Müller', 'write "backerei-muller"'],
		['магазин', 'may hold only'],
		['ſhop', 'write "shop"'],
		['ＳＨＯＰ', 'write "shop"'],
		['shop\u200b', 'write "shop"'],
		['shop\0', 'write "shop"'],
		['shop\n', 'write "shop"'],
		['shop ', 'write "shop"'],
		['shop.', 'write "shop"'],
		['-rf', 'write "rf"'],
		['a_b', 'write "a-b"'],
		['*', 'may hold only'],
		['😀', 'may hold only'],
		['\ud800', 'may hold only'],
		[12, 'must be text, not a number; put it in quotes'],
		[null, 'must be text, but is empty'],
		[undefined, 'is missing'],
	])('is refused as %j, with a name that would do where there is one', (name, reason) => {
		expect(faultsOf(site(name))).toEqual({ name: expect.stringContaining(reason) });
	});

	it('suggests only names that are themselves accepted', () => {
		for (const name of [
			'../x',
			'CON',
			'x'.repeat(300),
			`-${'é-'.repeat(40)}`,
			`${'x'.repeat(62)}-y`,
			'Ñandú & Söhne',
		]) {
			const suggestion = /write "(.*)"$/.exec(faultsOf(site(name))['name'] ?? 'write "fine"')?.[1];
			expect(faultsOf(site(suggestion))).toEqual({});
		}
	});

	it('is not shared by two sites of one definition, and twins that differ in case are refused as well', () => {
		expect(faultsOf({ sites: [site('shop'), site('blog'), site('shop')] })).toEqual({
			'sites[2].name': expect.stringContaining('is also the name of sites[0]'),
		});
		expect(faultsOf([site('shop'), site('SHOP')])).toEqual({
			'[1].name': expect.stringContaining('write "shop"'),
		});
	});
});

describe('BK-34: the names of sources and destinations', () => {
	it('follow the same rule as the names of sites', () => {
		const path = '/srv/x';
		const backup = {
			directories: [{ name: '../x', path }],
			volumes: [{ name: 'A', volume: 'a' }],
			databases: [{ name: 'nul', type: 'postgres', container: 'db', database: 'x' }],
		};
		const destinations = [{ name: 'a b', type: 'engine', path: '/backups' }];
		expect(Object.keys(faultsOf(site('shop', { backup, destinations })))).toEqual([
			'backup.directories[0].name',
			'backup.volumes[0].name',
			'backup.databases[0].name',
			'destinations[0].name',
		]);
	});

	it('are unique within their list, so that no artefact replaces another', () => {
		const volumes = ['a', 'b', 'a'].map((name) => ({ name, volume: name }));
		const destinations = ['/one', '/two'].map((path) => ({ name: 'local', type: 'directory', path }));
		expect(faultsOf(site('shop', { backup: { volumes }, destinations }))).toEqual({
			'backup.volumes[2].name': expect.stringContaining('also the name of entry 1'),
			'destinations[1].name': expect.stringContaining('also the name of entry 1'),
		});
	});

	it('give different artefacts when they are shared between kinds', () => {
		const [parsed] = parseSites(
			site('shop', {
				backup: {
					directories: [{ name: 'main', path: '/srv/x' }],
					volumes: [{ name: 'main', volume: 'x' }],
					databases: [{ name: 'main', type: 'postgres', container: 'db', database: 'x' }],
				},
			}),
		);
		expect(parsed && artefactNames(parsed)).toEqual(['files-main', 'volume-main', 'db-main']);
		expect(artefactName('files', 'www')).toBe('files-www');
	});
});
