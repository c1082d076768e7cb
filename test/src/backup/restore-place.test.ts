import type { ManifestArtefact } from '../../../src/backup/manifest';
import { targetOfDatabase } from '../../../src/backup/restore/database-place';
import { placeOfArtefact } from '../../../src/backup/restore/place';
import type { SiteInput } from '../../../src/shared';
import { site } from './engine-stand';

const shop = (backup: SiteInput['backup']) =>
	site({ backup, destinations: [{ name: 'local', type: 'directory', path: '/backups' }] });

const artefact = (
	kind: ManifestArtefact['kind'],
	name: string,
	source: Record<string, string>,
): ManifestArtefact => ({
	name,
	file: `${name}.zst`,
	kind,
	source,
	format: kind === 'postgres' ? 'pg_dump' : 'tar',
	compression: 'zstd',
	sha256: '',
	storedBytes: 0,
	plainBytes: 0,
	warnings: [],
});

const database = (user: string, container = 'shop-db') =>
	shop({ databases: [{ name: 'shop', type: 'postgres', container, database: 'shop', user }] });
const dump = artefact('postgres', 'db-shop', { container: 'shop-db', database: 'shop', user: 'mallory' });

test('the user who restores a database is that of the site definition, not that of the restore point', () => {
	expect(placeOfArtefact(dump, database('owner')).source).toMatchObject({ user: 'owner' });
	expect(placeOfArtefact(dump, database('owner'), 'copy').source).toMatchObject({ user: 'owner' });
});

test('a target given without a container is looked for where the site definition says', () => {
	const { source } = placeOfArtefact(dump, database('owner', 'other-db'), 'copy');
	expect(source).toMatchObject({ container: 'other-db' });
});

test('a database that the site does not define any more is restored only into a container that is named', () => {
	const other = shop({ directories: [{ name: 'www', path: '/srv/www' }] });
	expect(() => placeOfArtefact(dump, other)).toThrow(/does not define db-shop any more/);
	expect(() => placeOfArtefact(dump, other, 'copy')).toThrow(/does not define db-shop any more/);
	expect(placeOfArtefact(dump, other, 'copies/shop')).toEqual(dump);
	// What is run to reach a server is none of what a manifest decides on.
	const hostile = { ...dump, source: { ...dump.source, image: 'mallory/postgres', network: 'inner' } };
	expect(placeOfArtefact(hostile, other, 'copies/shop')).toEqual(dump);
});

test('an artefact of another kind than its source is refused, also with a target of its own', () => {
	const www = shop({ directories: [{ name: 'www', path: '/srv/www' }] });
	const volume = artefact('volume', 'files-www', { volume: 'shop_media' });
	for (const to of [undefined, '/srv/copy']) {
		expect(() => placeOfArtefact(volume, www, to)).toThrow(
			'files-www is a directory in the site definition and a volume in the restore point.',
		);
	}
});

test('one path of this process and of the host of the engine are two places', () => {
	const www = shop({ directories: [{ name: 'www', path: '/srv/www', via: 'engine' }] });
	const local = artefact('directory', 'files-www', { path: '/srv/www', via: 'process' });
	expect(() => placeOfArtefact(local, www)).toThrow(
		/is the host path \/srv\/www in the site definition and the directory \/srv\/www in the restore point/,
	);
	expect(placeOfArtefact(local, www, '/srv/copy').source).toMatchObject({ via: 'engine' });
});

test.each([
	['dbname=shop host=elsewhere password=secret-word', 'not a connection string'],
	['postgresql://root:secret-word@elsewhere/shop', 'no name of a container before'],
	['shop-db/host=elsewhere password=secret-word', 'not a connection string'],
	['-secret-word', 'must not start with "-"'],
	['/secret-word', 'no name of a container before'],
	[`shop-db/${'secret-word'.repeat(6)}`, '63'],
])('a target that is no name of a database is refused and not repeated: %s', (to, problem) => {
	expect(() => targetOfDatabase(dump, to)).toThrow(
		expect.objectContaining({
			code: 'target_refused',
			message: expect.stringMatching(
				new RegExp(`^The target of db-shop cannot be used: (?!.*secret).*${problem}`),
			),
		}),
	);
});

test('a target of a database is a name, a container with a name, or a container alone', () => {
	const targets = [undefined, 'copy "x"', 'other/2026/11', 'other/'].map((to) => {
		const { server, database } = targetOfDatabase(dump, to);
		return [server.type === 'postgres' && server.container, database];
	});
	expect(targets).toEqual([
		['shop-db', 'shop'],
		['shop-db', 'copy "x"'],
		['other', '2026/11'],
		['other', 'shop'],
	]);
});
