import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { generateIdentity, identityToRecipient } from 'age-encryption';

import { backUpSite, restoreSite, verifySite, type BackupContext } from '../../../src/backup';
import type { Manifest } from '../../../src/backup/manifest';
import type { Site, SiteInput } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { describeTree, fillWithHardNames, listTree, siteOf } from './stand';

let scope: Scope;
let key: { identity: string; recipient: string };
let otherKey: typeof key;
let www: string;
let backups: string;

beforeAll(async () => {
	scope = await Scope.open('encryption');
	[key, otherKey] = [await newKey(), await newKey()];
});
afterAll(() => scope.close());

beforeEach(() => {
	[www, backups] = [`${scope.emptyFolder()}/www`, scope.emptyFolder()];
	mkdirSync(www);
	writeFileSync(`${www}/index.html`, '<h1>shop</h1>');
	writeFileSync(`${www}/noise`, randomBytes(300_000));
});

async function newKey(): Promise<{ identity: string; recipient: string }> {
	const identity = await generateIdentity();
	return { identity, recipient: await identityToRecipient(identity) };
}

const withKeys = (encryption: NonNullable<BackupContext['secrets']>['encryption']): BackupContext => ({
	secrets: { encryption },
});
const encryptedSite = (encryption?: SiteInput['encryption']): Site =>
	siteOf({ www }, { local: backups }, encryption && { encryption });
const forKey = (): Site => encryptedSite({ recipients: [key.recipient] });

function manifestOf(id: string): Manifest {
	return JSON.parse(readFileSync(`${backups}/shop/${id}/manifest.json`, 'utf8')) as Manifest;
}

/** What verify says of the newest restore point. */
async function verdict(site: Site, context: BackupContext) {
	const { ok, message, destinations } = await verifySite(site, context, { restorePoint: 'latest' });
	return { ok, message, artefact: destinations[0]?.artefacts[0] };
}

test('BK-29: what is stored is an age file around zstd around tar, and the recipe of the manifest restores it', async () => {
	fillWithHardNames(www);
	const before = describeTree(www);
	const report = await backUpSite(forKey(), {});
	expect(report).toMatchObject({ status: 'ok', artefacts: [{ encryption: 'age' }] });
	const folder = `${backups}/shop/${report.id}`;
	expect(listTree(folder)).toEqual(['files-www.tar.zst.age', 'manifest.json']);
	const [artefact] = manifestOf(report.id).artefacts;
	const stored = readFileSync(`${folder}/files-www.tar.zst.age`);
	expect(artefact).toMatchObject({
		file: 'files-www.tar.zst.age',
		encryption: 'age',
		recipients: [key.recipient],
		storedBytes: stored.length,
		sha256: createHash('sha256').update(stored).digest('hex'),
	});
	expect(stored.includes('index.html')).toBe(false);
	const keyFile = scope.path('key.txt');
	writeFileSync(keyFile, `# the key\n${key.identity}\n`);
	rmSync(www, { recursive: true });
	const recipe = [`KEY=${keyFile}`, ...manifestOf(report.id).recipe].join('\n');
	execFileSync('sh', ['-e'], { cwd: folder, input: recipe });
	// tar restores whole times where this package restores microseconds, so they are equal to the millisecond.
	expect(describeTree(www)).toBe(before);
	const compressed = execFileSync('age', ['-d', '-i', keyFile, `${folder}/files-www.tar.zst.age`]);
	expect(artefact?.contentSha256).toBe(createHash('sha256').update(compressed).digest('hex'));
	expect(report.artefacts[0]?.contentSha256).toBe(artefact?.contentSha256);
});

test('a site without encryption is stored as it was before, also when keys are given', async () => {
	const report = await backUpSite(
		encryptedSite(),
		withKeys({ recipients: [key.recipient], passphrase: 'x' }),
	);
	expect(listTree(`${backups}/shop/${report.id}`)).toEqual(['files-www.tar.zst', 'manifest.json']);
	expect(Object.keys(manifestOf(report.id).artefacts[0] ?? {})).not.toContain('encryption');
	expect(report.artefacts[0]).not.toHaveProperty('contentSha256');
});

test('recipients of the definition and of the credential can each verify and restore alone', async () => {
	const site = forKey();
	const before = describeTree(www);
	await backUpSite(site, withKeys({ recipients: [otherKey.recipient, key.recipient] }));
	for (const { identity } of [key, otherKey]) {
		const context = withKeys({ identities: [identity] });
		expect(await verdict(site, context)).toMatchObject({
			ok: true,
			message: expect.stringMatching(/^Proved whole in 1 destination/),
		});
		rmSync(www, { recursive: true });
		await restoreSite(site, context, { restorePoint: 'latest' });
		expect(describeTree(www)).toBe(before);
	}
});

test('BK-22: a passphrase encrypts and opens, with letters of any script', async () => {
	const site = encryptedSite({ passphrase: true });
	const context = withKeys({ passphrase: 'größe \u{1f511} e\u0301' });
	const before = describeTree(www);
	const { id } = await backUpSite(site, context);
	expect(manifestOf(id).artefacts[0]).not.toHaveProperty('recipients');
	expect(manifestOf(id).recipe.join('\n')).toMatch(/age -d 'files-www\.tar\.zst\.age' \| zstd -dc/);
	rmSync(www, { recursive: true });
	await restoreSite(site, context, { restorePoint: 'latest' });
	expect(describeTree(www)).toBe(before);
	expect((await verdict(site, withKeys({ passphrase: 'größe' }))).artefact).toMatchObject({
		ok: false,
		keyProblem: 'wrong_key',
		problem: 'wrong key: none of the given keys opens it, it was encrypted with a passphrase',
	});
});

describe('BK-22: what keeps a backup from being opened is told apart', () => {
	const file = (id: string): string => `${backups}/shop/${id}/files-www.tar.zst.age`;
	let id: string;
	let site: Site;
	beforeEach(async () => {
		site = forKey();
		({ id } = await backUpSite(site, {}));
	});

	test.each([
		['another key', () => withKeys({ identities: [otherKey.identity] })],
		['a passphrase', () => withKeys({ passphrase: 'not this' })],
	])('%s is a wrong key, and not a damaged backup', async (_, context) => {
		const { ok, message, artefact } = await verdict(site, context());
		expect(ok).toBe(false);
		const problem = `wrong key: none of the given keys opens it, it was encrypted for ${key.recipient}`;
		expect(artefact).toEqual({
			name: 'files-www',
			file: 'files-www.tar.zst.age',
			ok: false,
			keyProblem: 'wrong_key',
			problem,
		});
		expect(message).toBe(`Not proved in 1 of 1 destination. local: files-www: ${problem}.`);
		expect(message).not.toMatch(/damaged|corrupt/);
	});

	test('without any key, size and hash are checked and nothing is called proved', async () => {
		const { ok, message, artefact } = await verdict(site, {});
		expect(ok).toBe(true);
		expect(artefact).toMatchObject({
			ok: true,
			keyProblem: 'key_missing',
			warning: `its content was not checked, because no key is given; it was encrypted for ${key.recipient}`,
		});
		expect(message).toMatch(/^Unchanged since it was stored .*, but not all of it could be proved\./);
		const bytes = readFileSync(file(id));
		bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 1, bytes.length - 5);
		writeFileSync(file(id), bytes);
		expect((await verdict(site, {})).artefact).toMatchObject({
			ok: false,
			problem: 'its SHA-256 differs from the manifest',
		});
	});

	test.each([
		['the header', 60],
		['the payload', -100],
	])('a change of %s is damage, with the right key and with a wrong one', async (_, where) => {
		const bytes = readFileSync(file(id));
		const at = where < 0 ? bytes.length + where : where;
		bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
		writeFileSync(file(id), bytes);
		for (const { identity } of [key, otherKey]) {
			const { ok, artefact } = await verdict(site, withKeys({ identities: [identity] }));
			expect(ok).toBe(false);
			expect(artefact).not.toHaveProperty('keyProblem');
			expect(artefact?.problem).toMatch(/changed after|header of the encryption was changed|SHA-256 differs/);
		}
	});

	test.each([
		['without a key', {}, 'key_missing'],
		['with a wrong key', () => withKeys({ identities: [otherKey.identity] }), 'wrong_key'],
		['with half a key', () => withKeys({ identities: [key.identity.slice(0, -3)] }), 'key_invalid'],
	])('a restore %s is refused before anything is changed', async (_, context, code) => {
		const before = describeTree(www);
		const given: BackupContext = typeof context === 'function' ? context() : context;
		await expect(restoreSite(site, given, { restorePoint: 'latest', overwrite: true })).rejects.toMatchObject(
			{ code, message: expect.not.stringContaining('AGE-SECRET') },
		);
		expect(describeTree(www)).toBe(before);
		expect(listTree(`${www}/..`)).toEqual(['www/', 'www/index.html', 'www/noise']);
		expect(listTree(backups)).not.toContain('shop/backup.lock');
	});

	test('a header that was taken from another backup for the same key does not open this one', async () => {
		const other = await backUpSite(site, {});
		renameSync(file(other.id), file(id));
		const { artefact } = await verifySite(site, withKeys({ identities: [key.identity] }), {
			restorePoint: id,
		}).then(({ destinations }) => ({ artefact: destinations[0]?.artefacts[0] }));
		expect(artefact).toMatchObject({ ok: false });
	});
});

describe('BK-22: without a usable key, a backup is refused before anything is stopped or written', () => {
	test.each<[string, SiteInput['encryption'], BackupContext, string]>([
		['no passphrase', { passphrase: true }, {}, 'key_missing'],
		[
			'recipients but no passphrase',
			{ passphrase: true },
			withKeys({ recipients: ['age1x'] }),
			'key_missing',
		],
		['an empty passphrase', { passphrase: true }, withKeys({ passphrase: '' }), 'key_invalid'],
		['a passphrase of two lines', { passphrase: true }, withKeys({ passphrase: 'a\nb' }), 'key_invalid'],
		[
			'a passphrase with a line break',
			{ passphrase: true },
			withKeys({ passphrase: 'secret\n' }),
			'key_invalid',
		],
		['no recipient', { recipients: [] }, {}, 'key_missing'],
		['a passphrase but no recipient', { recipients: [] }, withKeys({ passphrase: 'x' }), 'key_missing'],
		['a mistyped recipient', { recipients: [] }, withKeys({ recipients: ['age1qqqq'] }), 'key_invalid'],
		[
			'a recipient nothing can be encrypted for',
			{ recipients: [] },
			withKeys({ recipients: ['age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z'] }),
			'key_invalid',
		],
	])('%s', async (_, encryption, context, code) => {
		const attempt = backUpSite(encryptedSite(encryption), context);
		await expect(attempt).rejects.toMatchObject({ code, message: expect.not.stringContaining('secret') });
		expect(existsSync(`${backups}/shop`)).toBe(false);
	});
});

test('BK-40: the same content has the same content hash, with whatever keys, and never the same file', async () => {
	const now = () => new Date('2026-11-20T02:00:00Z');
	const first = await backUpSite(forKey(), { now });
	const second = await backUpSite(forKey(), { now });
	const third = await backUpSite(encryptedSite({ recipients: [otherKey.recipient] }), { now });
	const plain = await backUpSite(encryptedSite(), { now });
	const [content] = new Set([first, second, third].map(({ artefacts }) => artefacts[0]?.contentSha256));
	expect(content).toMatch(/^[0-9a-f]{64}$/);
	for (const { artefacts } of [second, third]) expect(artefacts[0]?.contentSha256).toBe(content);
	expect(plain.artefacts[0]?.sha256).toBe(content);
	expect(new Set([first, second, third].map(({ artefacts }) => artefacts[0]?.sha256)).size).toBe(3);
	writeFileSync(`${www}/index.html`, '<h1>Shop</h1>');
	expect((await backUpSite(forKey(), { now })).artefacts[0]?.contentSha256).not.toBe(content);
});

test('restore points with and without encryption stand beside each other, and each restores', async () => {
	const site = forKey();
	const context = withKeys({ identities: [key.identity] });
	const plain = await backUpSite(encryptedSite(), {});
	const encrypted = await backUpSite(site, {});
	const before = describeTree(www);
	for (const { id } of [plain, encrypted]) {
		rmSync(www, { recursive: true });
		await restoreSite(site, context, { restorePoint: id });
		expect(describeTree(www)).toBe(before);
	}
	// What is not encrypted needs no key.
	rmSync(www, { recursive: true });
	await restoreSite(site, {}, { restorePoint: plain.id });
	expect(describeTree(www)).toBe(before);
});

test('what a killed run has left of an encrypted backup is removed by the next one', async () => {
	const folder = `${backups}/shop/20261119T020000Z-1a2b3c`;
	mkdirSync(folder, { recursive: true });
	writeFileSync(`${folder}/files-www.tar.zst.age.partial`, 'half');
	writeFileSync(`${folder}/db-shop.dump.zst.age`, 'whole');
	expect((await backUpSite(forKey(), {})).status).toBe('ok');
	expect(existsSync(folder)).toBe(false);
});
