import { chmodSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';

import { FileStateStore, n8nStateFolder, openStateFolder, StateError } from '../../../../src/shared';
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
	expect(await store.list('')).toEqual([]);
	await store.compareAndSet('journal', undefined, 1);
	expect(readdirSync(folder).sort()).toEqual(['.draft-new', 'journal.1.json']);
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
