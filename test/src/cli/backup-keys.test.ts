import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

import { runCommandLine } from '../../../src/cli';
import { Scope } from '../../support/scope';
import { listTree } from '../backup/stand';

let scope: Scope;
let at: string;

beforeAll(async () => {
	scope = await Scope.open('cli-keys');
});
afterAll(() => scope.close());

beforeEach(() => {
	at = scope.emptyFolder();
	for (const folder of ['www', 'backups']) mkdirSync(`${at}/${folder}`);
	writeFileSync(`${at}/www/index.html`, '<h1>shop</h1>');
});

async function run(args: string[], env: Record<string, string> = {}) {
	const printed = { out: '', err: '' };
	const exitCode = await runCommandLine(['backup', ...args], {
		out: (text) => (printed.out += text),
		err: (text) => (printed.err += text),
		env,
	});
	return { exitCode, ...printed };
}

function siteFile(...encryptions: unknown[]): string[] {
	const sites = encryptions.map((encryption, index) => ({
		name: `shop-${index}`,
		backup: { directories: [{ name: 'www', path: `${at}/www` }] },
		destinations: [{ name: 'local', type: 'directory', path: `${at}/backups` }],
		...(encryption === undefined ? {} : { encryption }),
	}));
	writeFileSync(`${at}/sites.json`, JSON.stringify(sites));
	return ['--site', `${at}/sites.json`];
}

async function keyFile(name: string): Promise<{ file: string; recipient: string }> {
	const file = `${at}/${name}`;
	const { out } = await run(['keygen', '--output', file, '--json']);
	return JSON.parse(out) as { file: string; recipient: string };
}

test('keygen makes a key that only its owner can read, prints the recipient and never overwrites', async () => {
	const file = `${at}/key.txt`;
	const made = await run(['keygen', '--output', file]);
	expect(made.exitCode).toBe(0);
	const recipient = /^Public key: (age1[a-z0-9]{58})$/m.exec(made.out)?.[1] ?? 'none';
	expect(made.out).not.toContain('AGE-SECRET-KEY');
	expect(statSync(file).mode & 0o777).toBe(0o600);
	const text = readFileSync(file, 'utf8');
	expect(text).toContain(`# public key: ${recipient}\n`);
	expect(execFileSync('age-keygen', ['-y', file], { encoding: 'utf8' }).trim()).toBe(recipient);
	expect(await run(['keygen', '--output', file])).toMatchObject({
		exitCode: 2,
		err: expect.stringContaining('never overwritten'),
	});
	expect(readFileSync(file, 'utf8')).toBe(text);
	const printed = await run(['keygen']);
	expect(printed.out).toMatch(/^# created: .*\n# public key: age1\w+\nAGE-SECRET-KEY-1\w+\n$/);
});

test('what is encrypted for a recipient is verified and restored with its key alone', async () => {
	const { file, recipient } = await keyFile('key.txt');
	const stranger = await keyFile('other.txt');
	const site = siteFile({ recipients: [recipient] });
	expect(await run(['run', ...site])).toMatchObject({ exitCode: 0, err: '' });
	expect(listTree(`${at}/backups`).join('\n')).toContain('/files-www.tar.zst.age');
	const proved = await run(['verify', ...site, '--identity', stranger.file, file]);
	expect(proved).toMatchObject({ exitCode: 0, out: expect.stringContaining('Proved whole') });
	const wrong = await run(['verify', ...site, '--identity', stranger.file]);
	expect(wrong).toMatchObject({
		exitCode: 1,
		out: expect.stringMatching(/NOT OK +wrong key: none of the given/),
	});
	const unknown = await run(['verify', ...site]);
	expect(unknown).toMatchObject({ exitCode: 3, out: expect.stringMatching(/not proved .*no key is given/) });
	rmSync(`${at}/www`, { recursive: true });
	expect(await run(['restore', 'latest', ...site])).toMatchObject({
		exitCode: 1,
		err: expect.stringMatching(/no key is given\.\n.*--identity or --passphrase-file/),
	});
	expect(existsSync(`${at}/www`)).toBe(false);
	expect((await run(['restore', 'latest', ...site, '--identity', file])).exitCode).toBe(0);
	expect(readFileSync(`${at}/www/index.html`, 'utf8')).toBe('<h1>shop</h1>');
});

test('BK-22: a passphrase of a file, with or without its line break, is that of the environment', async () => {
	const site = siteFile({ passphrase: true });
	writeFileSync(`${at}/unix`, 'pass größe\n');
	writeFileSync(`${at}/windows`, 'pass größe\r\n');
	writeFileSync(`${at}/blank`, 'pass größe \n');
	expect((await run(['run', ...site, '--passphrase-file', `${at}/unix`])).exitCode).toBe(0);
	const verify = (file: string) => run(['verify', ...site, '--passphrase-file', `${at}/${file}`]);
	expect((await verify('windows')).exitCode).toBe(0);
	expect((await run(['verify', ...site], { OPSDESK_BACKUP_PASSPHRASE: 'pass größe' })).exitCode).toBe(0);
	expect(await verify('blank')).toMatchObject({ exitCode: 1, out: expect.stringContaining('wrong key') });
});

test('BK-22: a key that is missing for one site keeps all sites of the run from being started', async () => {
	const site = siteFile(undefined, { passphrase: true });
	expect(await run(['run', ...site])).toMatchObject({
		exitCode: 1,
		err: expect.stringMatching(/"shop-1" are to be encrypted with a passphrase, and none is given/),
	});
	expect(listTree(`${at}/backups`)).toEqual([]);
});

test('BK-16: files that hold no usable key are refused without a word of what they hold', async () => {
	const site = siteFile(undefined);
	writeFileSync(`${at}/empty`, '\n');
	writeFileSync(`${at}/comments`, '# nothing\n\n');
	writeFileSync(`${at}/typo`, 'AGE-SECRET-KEY-1HUSH\n');
	writeFileSync(`${at}/locked`, 'age-encryption.org/v1\n-> scrypt HUSH 18\n');
	writeFileSync(`${at}/binary`, Buffer.from([0xff, 0xfe]));
	const refusals: [args: string[], exitCode: number, message: RegExp][] = [
		[['--identity', `${at}/missing`], 2, /cannot be read: .*missing: ENOENT/],
		[['--identity', `${at}/comments`], 2, /hold no key/],
		[['--identity', `${at}/binary`], 2, /not UTF-8/],
		[['--identity', `${at}/locked`], 1, /encrypted with a passphrase\.\n.*age -d/],
		[['--passphrase-file', `${at}/empty`], 2, /is empty/],
	];
	for (const [args, exitCode, message] of refusals) {
		const refused = await run(['verify', ...site, ...args]);
		expect(refused).toMatchObject({ exitCode, err: expect.stringMatching(message) });
		expect(refused.err).not.toContain('HUSH');
	}
	const { recipient } = await keyFile('key.txt');
	const encrypted = siteFile({ recipients: [recipient] });
	expect((await run(['run', ...encrypted])).exitCode).toBe(0);
	const typo = await run(['verify', ...encrypted, '--identity', `${at}/typo`]);
	expect(typo).toMatchObject({
		exitCode: 1,
		out: expect.stringContaining('Identity 1 of 1 is not a secret key'),
	});
	expect(typo.out).not.toContain('HUSH');
});
