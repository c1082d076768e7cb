import { execFileSync, spawnSync } from 'node:child_process';
import {
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { backUpSite, planRestore, restoreSite, verifySite } from '../../../src/backup';
import type { Manifest } from '../../../src/backup/manifest';
import { parseSites, SiteError, type Site } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { makeDatabase, sqlite3 } from './sqlite-stand';
import { errorOf, listTree, siteOf } from './stand';

let scope: Scope;
let folder: string;
let backups: string;
beforeAll(async () => {
	scope = await Scope.open('n8n-source');
});
afterAll(() => scope.close());
beforeEach(() => {
	folder = join(scope.emptyFolder(), '.n8n');
	backups = scope.emptyFolder();
	mkdirSync(folder);
	makeDatabase(join(folder, 'database.sqlite'), 3, 'wal');
	writeFileSync(join(folder, 'config'), '{"encryptionKey":"the-key-nobody-may-see"}');
	put('storage/workflows/1/binary', 'new');
	put('binaryData/2', 'old');
	put('nodes/node_modules/n8n-nodes-x/index.js', '');
	put('n8nEventLog.log', '');
});

const put = (path: string, content: string): void => {
	mkdirSync(join(folder, path, '..'), { recursive: true });
	writeFileSync(join(folder, path), content);
};

function n8nSite(n8n: Record<string, unknown> = {}): Site {
	const [site] = parseSites({
		name: 'n8n',
		backup: { n8n: { folder, ...n8n } },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	});
	if (!site) throw new Error('The site was not read.');
	return site;
}

const context = () => ({ stateFolder: scope.emptyFolder() });

function stored(): { point: string; manifest: Manifest } {
	const [id = ''] = readdirSync(join(backups, 'n8n')).filter((name) => name.startsWith('2'));
	const point = join(backups, 'n8n', id);
	return { point, manifest: JSON.parse(readFileSync(join(point, 'manifest.json'), 'utf8')) as Manifest };
}

test('database and files are kept, and the encryption key is not, which is said loudly', async () => {
	const report = await backUpSite(n8nSite(), context());
	expect(report).toMatchObject({
		status: 'ok',
		artefacts: [
			{ name: 'n8n-database', kind: 'sqlite', warnings: [] },
			{ name: 'n8n-files', kind: 'directory', warnings: [] },
		],
	});
	expect(report.message).toContain('encryption key is not in this backup; keep it elsewhere');
	const { point, manifest } = stored();
	expect(manifest.notKept.join('\n')).toContain('N8N_ENCRYPTION_KEY');
	const unpacked = scope.emptyFolder();
	execFileSync('sh', [
		'-c',
		'zstd -dc "$1" | tar -xf - -C "$2"',
		'sh',
		join(point, 'n8n-files.tar.zst'),
		unpacked,
	]);
	expect(listTree(unpacked)).toEqual([
		'binaryData/',
		'binaryData/2',
		'storage/',
		'storage/workflows/',
		'storage/workflows/1/',
		'storage/workflows/1/binary',
	]);
	expect(await verifySite(n8nSite(), context(), { restorePoint: 'latest' })).toMatchObject({ ok: true });
});

test('one that has no files yet is kept with a warning, and all of it can be restored', async () => {
	for (const name of ['storage', 'binaryData']) rmSync(join(folder, name), { recursive: true });
	const report = await backUpSite(n8nSite(), context());
	expect(report).toMatchObject({ status: 'warning', artefacts: [{ warnings: [] }, { name: 'n8n-files' }] });
	const options = { restorePoint: 'latest', overwrite: true };
	await expect(restoreSite(n8nSite(), context(), options)).resolves.toBeDefined();
	expect(existsSync(join(folder, 'config'))).toBe(true);
});

test('a restore replaces the folders it has and leaves the key, the database in place and everything else alone', async () => {
	await backUpSite(n8nSite(), context());
	put('storage/workflows/1/binary', 'changed');
	put('storage/later', 'later');
	const options = { restorePoint: 'latest', artefacts: ['n8n-files'] };
	expect(await errorOf(restoreSite(n8nSite(), context(), options))).toMatchObject({
		code: 'target_not_empty',
	});
	const plan = await planRestore(n8nSite(), context(), { ...options, overwrite: true });
	expect(plan.artefacts).toMatchObject([{ paths: ['storage', 'binaryData'], replaces: true }]);
	const report = await restoreSite(n8nSite(), context(), { ...options, overwrite: true });
	const [{ previous = '' } = {}] = report.artefacts;
	expect(readFileSync(join(previous, 'storage/later'), 'utf8')).toBe('later');
	expect(readFileSync(join(folder, 'storage/workflows/1/binary'), 'utf8')).toBe('new');
	expect(existsSync(join(folder, 'storage/later'))).toBe(false);
	expect(readFileSync(join(folder, 'config'), 'utf8')).toContain('the-key-nobody-may-see');
	expect(existsSync(join(folder, 'nodes/node_modules/n8n-nodes-x/index.js'))).toBe(true);
	expect(sqlite3(join(folder, 'database.sqlite'), 'select count(*) from orders')).toBe('3');
});

test.each(['wal', 'delete'])(
	'a database (journal mode %s) that this process has open keeps its locks, and what was committed is kept',
	async (mode) => {
		const path = join(folder, 'database.sqlite');
		const own = new DatabaseSync(path);
		try {
			own.exec(`pragma journal_mode=${mode}`);
			own.exec(
				"insert into orders (note) values ('committed'); begin immediate; insert into orders (note) values ('not yet')",
			);
			const report = await backUpSite(n8nSite(), context());
			expect(report).toMatchObject({ status: 'ok' });
			expect(stored().manifest.artefacts[0]).toMatchObject({ tables: [{ name: 'orders', rows: 4 }] });
			const other = spawnSync(
				'sqlite3',
				['-batch', path, "insert into orders (note) values ('by another')"],
				{
					encoding: 'utf8',
				},
			);
			expect(other.stderr).toContain('database is locked');
			own.exec('commit');
			const refused = restoreSite(n8nSite(), context(), { restorePoint: 'latest', overwrite: true });
			expect(await errorOf(refused)).toMatchObject({ code: 'target_in_use' });
		} finally {
			own.close();
		}
	},
);
test.each(['wal', 'delete'])(
	'a directory leaves out the database (journal mode %s) that this process has open and never opens it, and so do configs',
	async (mode) => {
		const path = join(folder, 'database.sqlite');
		const own = new DatabaseSync(path);
		try {
			own.exec(`pragma journal_mode=${mode}; begin immediate; insert into orders (note) values ('mine')`);
			const configs = [{ name: 'all', paths: [folder], secrets: 'plain' as const }];
			const report = await backUpSite(
				siteOf(
					{ n8n: folder },
					{ backups },
					{ backup: { directories: [{ name: 'n8n', path: folder }], configs } },
				),
				context(),
			);
			const remedy = /^(?:.*\/)?(\S+): is open in this process .* Save it with the entry "n8n"/;
			const suffixes = mode === 'wal' ? ['', '-shm', '-wal'] : ['', '-journal'];
			const names = suffixes.map((suffix) => `database.sqlite${suffix}`);
			for (const { warnings } of report.artefacts) {
				expect(warnings.map((warning) => remedy.exec(warning)?.[1]).filter(Boolean)).toEqual(names);
			}
			expect(report.artefacts.map(({ status }) => status)).toEqual(['warning', 'warning']);
			const other = spawnSync(
				'sqlite3',
				['-batch', path, "insert into orders (note) values ('by another')"],
				{
					encoding: 'utf8',
				},
			);
			expect(other.stderr).toContain('database is locked');
			own.exec('commit');
		} finally {
			own.close();
		}
		// A log that is only written to holds no locks and is kept, and so is a database that nobody has open.
		const log = openSync(join(folder, 'n8nEventLog.log'), 'a');
		const later = await backUpSite(siteOf({ n8n: folder }, { backups }), context()).finally(() =>
			closeSync(log),
		);
		expect(later).toMatchObject({ status: 'ok' });
	},
);

test('a database that this process has open and that is none is refused by name', async () => {
	const path = join(folder, 'database.sqlite');
	const own = new DatabaseSync(path);
	try {
		writeFileSync(path, Buffer.alloc(4096, 'x'));
		const report = await backUpSite(n8nSite({ files: false }), context());
		expect(report).toMatchObject({
			status: 'failed',
			artefacts: [
				{ problem: { code: 'source_unreadable', message: expect.stringContaining(path) as string } },
			],
		});
	} finally {
		own.close();
	}
});

test('a storage folder elsewhere is kept whole, in place of those in the folder', async () => {
	const storage = scope.emptyFolder();
	writeFileSync(join(storage, 'a'), 'a');
	const report = await backUpSite(n8nSite({ storage, database: 'none' }), context());
	expect(report).toMatchObject({ status: 'ok', artefacts: [{ name: 'n8n-storage', entries: 2 }] });
	const to = join(scope.emptyFolder(), 'back');
	const options = { restorePoint: 'latest', to: { 'n8n-storage': to } };
	await restoreSite(n8nSite({ storage, database: 'none' }), context(), options);
	expect(listTree(to)).toEqual(['a']);
});

test.each([
	[{ container: 'n8n' }, 'backup.n8n.volume'],
	[{ volume: 'n8n_data' }, 'backup.n8n.container'],
	[{ database: 'none', files: false }, 'backup.n8n.database'],
	[{ container: 'n8n', volume: 'n8n_data', storage: '/srv/x' }, 'backup.n8n.storage'],
])('a definition that leaves something open is refused: %j', (n8n, field) => {
	expect(() => n8nSite(n8n)).toThrow(SiteError);
	expect(() => n8nSite(n8n)).toThrow(field);
});
