import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { generateIdentity, identityToRecipient } from 'age-encryption';

import { backupKeyApiTest } from '../../../nodes/shared/backup-key-credential';
import { Scope } from '../../support/scope';
import { fromDefinition, runWithCredentials, sampleSite, type SampleSite } from './site-runner';

let scope: Scope;
let site: SampleSite;
let identity: string;
let recipient: string;
let round = 0;

beforeAll(async () => {
	scope = await Scope.open('node-keys');
	identity = await generateIdentity();
	recipient = await identityToRecipient(identity);
});
afterAll(() => scope.close());
beforeEach(() => {
	round += 1;
	site = sampleSite(scope, `shop-${round}`);
});

const fields = (more: Record<string, unknown>) => ({
	operation: 'backUp',
	siteSource: 'fields',
	name: site.name,
	directories: { directory: [{ name: 'www', path: site.source, via: 'n8n', include: '', exclude: '' }] },
	destinations: { destination: [{ name: 'local', type: 'directory', path: site.backups }] },
	...more,
});

const stored = (): string[] =>
	readdirSync(join(site.backups, site.name, site.restorePoints().at(-1) ?? '')).sort();

const definition = (encryption: unknown): object => ({ ...site.definition, encryption });

test('the fields ask for encryption, and the credential restores what they have stored', async () => {
	const made = await runWithCredentials(fields({ encryption: 'recipients', recipients: recipient }), {});
	expect(made.error).toBeUndefined();
	expect(stored()).toEqual(['files-www.tar.zst.age', 'manifest.json']);
	const encrypted = definition({ recipients: [recipient] });
	const keyFile = `# created: 2026-11-20\n# public key: ${recipient}\n${identity}\n`;
	rmSync(site.source, { recursive: true });
	// n8n's field for secrets may make blanks of line breaks.
	for (const privateKeys of [keyFile, keyFile.replaceAll('\n', ' ')]) {
		const keys = { backupKeyApi: { privateKeys } };
		const verified = await runWithCredentials(fromDefinition('verify', encrypted), keys);
		expect(verified.json('Backup')[0]?.['message']).toMatch(/^Proved whole/);
	}
	const keys = { backupKeyApi: { privateKeys: keyFile } };
	const restored = await runWithCredentials(fromDefinition('restore', encrypted), keys);
	expect(restored.error).toBeUndefined();
	expect(readFileSync(join(site.source, 'index.html'), 'utf8')).toBe(`<h1>${site.name}</h1>`);
});

test('recipients of the credential are enough, and a passphrase is taken with its blanks', async () => {
	const recipients = `# the office\n${recipient}`;
	const keys = { backupKeyApi: { recipients, privateKeys: '', passphrase: ' two words ' } };
	for (const encryption of [{ recipients: [] }, { passphrase: true }]) {
		const made = await runWithCredentials(fromDefinition('backUp', definition(encryption)), keys);
		expect(made.json('Backup')[0]).toMatchObject({ status: 'ok', artefacts: [{ encryption: 'age' }] });
	}
	const byField = await runWithCredentials(fields({ encryption: 'passphrase' }), keys);
	expect(byField.error).toBeUndefined();
	const verified = await runWithCredentials(fromDefinition('verify', site.definition), keys);
	expect(verified.json('Backup')[0]?.['message']).toMatch(/^Proved whole/);
	const other = { backupKeyApi: { passphrase: 'two words' } };
	const refused = await runWithCredentials(fromDefinition('verify', site.definition), other);
	expect(refused.error?.message).toMatch(/wrong key/);
});

test('BK-22: without the key it asks for, a site is not backed up, and the error says what to select', async () => {
	const refused = await runWithCredentials(fields({ encryption: 'passphrase' }), {});
	expect(refused.error?.message).toMatch(/encrypted with a passphrase, and none is given/);
	expect(refused.error?.description).toMatch(/credential of the type "Backup Key API"/);
	expect(existsSync(join(site.backups, site.name))).toBe(false);
});

test('what an expression gives in place of a kind of encryption is never taken for none', async () => {
	const refused = await runWithCredentials(fields({ encryption: 'recipient' }), {});
	expect(refused.error?.message).toMatch(/encryption: must be an object with fields/);
	expect(existsSync(join(site.backups, site.name))).toBe(false);
});

test('secrets reach no item, error, record of the run or model', async () => {
	const passphrase = 'hush-4711';
	const backupKeyApi = { recipients: recipient, privateKeys: identity, passphrase };
	const broken = { ...backupKeyApi, privateKeys: `${identity.slice(0, -1)}B` };
	const seen: string[] = [];
	const of = async (operation: string, keys: Record<string, string>, as: 'node' | 'tool' = 'node') => {
		const parameters = fromDefinition(operation, definition({ recipients: [recipient] }));
		const run = await runWithCredentials(parameters, { backupKeyApi: keys }, as);
		seen.push(JSON.stringify([run.raw, run.error]));
		return run;
	};
	expect((await of('backUp', backupKeyApi)).json('Backup')[0]).toMatchObject({ status: 'ok' });
	expect((await of('verify', backupKeyApi)).error).toBeUndefined();
	expect((await of('verify', broken)).error?.message).toMatch(/Identity 1 of 1 is not a secret key/);
	await of('verify', backupKeyApi, 'tool');
	await of('verify', broken, 'tool');
	await of('backUp', { passphrase }, 'tool');
	for (const text of seen) {
		expect(text).not.toContain(passphrase);
		expect(text).not.toContain(identity.slice(0, 40));
	}
});

describe('the test of the credential', () => {
	const mistyped = ['AGE', 'SECRET', 'KEY', '1HUSH'].join('-');
	const tried = (data: Record<string, string>) =>
		backupKeyApiTest.call({} as never, { id: '1', name: 'x', type: 'backupKeyApi', data } as never);

	test('says what is encrypted and what can be opened', async () => {
		expect(await tried({ recipients: recipient, privateKeys: identity, passphrase: 'x' })).toEqual({
			status: 'OK',
			message: `Encrypts for 1 recipient. Opens what was encrypted for ${recipient}. Encrypts and opens with the passphrase.`,
		});
		expect((await tried({ recipients: recipient })).message).toMatch(/cannot be restored/);
		const other = await generateIdentity();
		expect((await tried({ recipients: recipient, privateKeys: other })).message).toMatch(
			/None of the identities belongs to one of the recipients\.$/,
		);
	});

	test.each([
		['nothing', {}, /There is no key\. Give recipients/],
		['a mistyped recipient', { recipients: 'age1qqqq' }, /Recipient 1 of 1 is not a public key/],
		['a mistyped identity', { privateKeys: mistyped }, /Identity 1 of 1 is not a secret key/],
		['a public key as identity', { privateKeys: 'age1hush' }, /Identity 1 of 1 is a public key/],
		['a passphrase of two lines', { passphrase: 'HUSH\nHUSH' }, /The passphrase holds a line break/],
		['a secret key as recipient', { recipients: 'AGE-SECRET-KEY-1HUSH' }, /is a secret key/],
	])('refuses %s and repeats no secret', async (_, data, message) => {
		const result = await tried(data);
		expect(result).toEqual({ status: 'Error', message: expect.stringMatching(message) });
		expect(result.message).not.toMatch(/hush/i);
	});
});
