import { chmodSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';

import { FileStateStore, n8nStateFolder, openStateFolder, StateError } from '../../../../src/shared';
import { readBytes } from '../../../support/read-bytes';
import { Scope } from '../../../support/scope';
import { keepsTheContractOfState } from './contract';

let scope: Scope;
let folder: string;

beforeAll(async () => {
	scope = await Scope.open('state');
});
afterAll(() => scope.close());
beforeEach(() => {
	folder = `${scope.emptyFolder()}/state`;
});

keepsTheContractOfState(() => new FileStateStore(folder));

test('files are readable by their owner alone, whatever the umask, and old ones go', async () => {
	const before = process.umask(0);
	try {
		const store = new FileStateStore(folder);
		const version = await store.compareAndSet('backup/journal', undefined, 1);
		await store.compareAndSet('backup/journal', version, 2);
		expect(readdirSync(`${folder}/backup`)).toEqual(['journal.2.json']);
		expect(statSync(`${folder}/backup/journal.2.json`).mode & 0o777).toBe(0o600);
		for (const path of [folder, `${folder}/backup`]) expect(statSync(path).mode & 0o777).toBe(0o700);
	} finally {
		process.umask(before);
	}
});

test('a draft of a killed process is no document, and goes when it is old', async () => {
	mkdirSync(folder);
	writeFileSync(`${folder}/.draft-old`, '{"form');
	writeFileSync(`${folder}/.draft-new`, '{"form');
	utimesSync(`${folder}/.draft-old`, 1, 1);
	const store = new FileStateStore(folder);
	expect(await store.keys('')).toEqual([]);
	await store.compareAndSet('journal', undefined, 1);
	expect(readdirSync(folder).sort()).toEqual(['.draft-new', 'journal.1.json']);
});

const old = new Date(Date.now() - 25 * 60 * 60_000);

test('neither a change nor a list of keys reads the other documents, however many and old', async () => {
	mkdirSync(`${folder}/day`, { recursive: true });
	const value = 'x'.repeat(1024 * 1024);
	const document = { format: 'opsdesk-state', schema: 1, id: 'x', deleted: false, value };
	for (let day = 10; day < 50; day += 1) {
		writeFileSync(`${folder}/day/${day}.1.json`, JSON.stringify(document));
		utimesSync(`${folder}/day/${day}.1.json`, old, old);
	}
	const store = new FileStateStore(folder);
	const before = readBytes();
	await store.compareAndSet('day/50', undefined, 1);
	expect(await store.keys('day/')).toHaveLength(41);
	expect(readBytes() - before).toBeLessThan(1024 * 1024);
});

test('marks of what was deleted go after a day, and files that cannot be read stop no change', async () => {
	const store = new FileStateStore(folder);
	for (const key of ['day/gone', 'day/fresh']) {
		const version = await store.compareAndSet(key, undefined, 1);
		await store.delete(key, String(version));
	}
	await store.compareAndSet('day/small', undefined, 1);
	writeFileSync(`${folder}/day/damaged.1.json`, '{"form');
	writeFileSync(`${folder}/day/newer.1.json`, '{"format":"opsdesk-state","schema":2,"deleted":true}');
	mkdirSync(`${folder}/day/folder.1.json`);
	writeFileSync(`${folder}/day/a copy.1.json`, '{');
	for (const name of ['gone.2', 'small.1', 'damaged.1', 'newer.1', 'folder.1'])
		utimesSync(`${folder}/day/${name}.json`, old, old);
	expect(await store.compareAndSet('day/new', undefined, 1)).toBeDefined();
	expect(readdirSync(`${folder}/day`).sort()).toEqual([
		...['a copy.1.json', 'damaged.1.json', 'folder.1.json', 'fresh.2.json'],
		...['new.1.json', 'newer.1.json', 'small.1.json'],
	]);
	// What cannot be read is not known to be deleted.
	expect(await store.keys('day/')).toEqual(['day/damaged', 'day/new', 'day/newer', 'day/small']);
});

test('a change that was linked and whose old version is still there counts', async () => {
	const store = new FileStateStore(folder);
	await store.compareAndSet('journal', undefined, 'new');
	const old = { format: 'opsdesk-state', schema: 1, id: 'x', deleted: false, value: 'old' };
	writeFileSync(`${folder}/journal.0.json`, JSON.stringify(old));
	expect(await store.get('journal')).toMatchObject({ value: 'new' });
});

test.each(['', '{', '{"format":"opsdesk-state","schema":2,"id":"x","deleted":false,"value":1}', '[]'])(
	'a document that says %j is an error that names the file, never an empty state',
	async (text) => {
		mkdirSync(folder);
		writeFileSync(`${folder}/journal.7.json`, text);
		const store = new FileStateStore(folder);
		await expect(store.get('journal')).rejects.toMatchObject({
			code: 'state_invalid',
			message: expect.stringContaining(`${folder}/journal.7.json`),
		});
		await expect(store.compareAndSet('journal', undefined, 1)).rejects.toThrow(StateError);
	},
);

test('a place that cannot be written is an error with a remedy', async () => {
	const file = `${scope.emptyFolder()}/file`;
	writeFileSync(file, '');
	chmodSync(file, 0o400);
	await expect(
		new FileStateStore(`${file}/state`).compareAndSet('journal', undefined, 1),
	).rejects.toMatchObject({
		code: 'state_unavailable',
		remedy: expect.stringContaining('can be written'),
	});
});

test('in queue mode a folder is taken only when it is said to be shared', () => {
	const queue = { EXECUTIONS_MODE: 'queue' };
	expect(() => openStateFolder(folder, queue)).toThrow(
		expect.objectContaining({
			code: 'state_not_shared',
			remedy: expect.stringContaining('OPSDESK_STATE_SHARED=true'),
		}),
	);
	expect(openStateFolder(folder, { ...queue, OPSDESK_STATE_SHARED: 'true' })).toBeInstanceOf(FileStateStore);
	expect(openStateFolder(folder, {})).toBeInstanceOf(FileStateStore);
});

test('the folder of n8n lies in its user folder unless it is named', () => {
	expect(n8nStateFolder({ N8N_USER_FOLDER: '/data' })).toBe('/data/.n8n/opsdesk');
	expect(n8nStateFolder({ N8N_USER_FOLDER: '/data', OPSDESK_STATE: '/shared/desk' })).toBe('/shared/desk');
	expect(n8nStateFolder({})).toMatch(/\/\.n8n\/opsdesk$/);
});
