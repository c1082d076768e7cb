import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

import { generateIdentity, identityToRecipient } from 'age-encryption';

import { decryptAge } from '../../../../src/backup/age/decrypt';
import { encryptAge } from '../../../../src/backup/age/encrypt';
import { makeHeader, type AgeKeys, type AgeLock } from '../../../../src/backup/age/header';
import { Scope } from '../../../support/scope';
import { collect, pieces } from './pieces';

let scope: Scope;
beforeAll(async () => {
	scope = await Scope.open('age');
});
afterAll(() => scope.close());

async function encrypt(content: Buffer, lock: AgeLock, pieceBytes = 1_000_003): Promise<Buffer> {
	return await collect(encryptAge(pieces(content, pieceBytes), await makeHeader(lock)));
}

const decrypt = (file: Buffer, keys: AgeKeys, pieceBytes = 262_144): Promise<Buffer> =>
	collect(decryptAge(pieces(file, pieceBytes), keys));

const maxBuffer = 64 * 1024 * 1024;
const age = (args: string[], input: Buffer): Buffer =>
	execFileSync('age', args, { input, maxBuffer, stdio: ['pipe', 'pipe', 'pipe'] });

/** Runs age where it asks for a passphrase, which it takes from a terminal only; `script` is one. */
function ageAtTerminal(args: string[], input: Buffer, answers: string[]): Buffer {
	const [from, to] = [scope.path('from'), scope.path('to')];
	writeFileSync(from, input);
	execFileSync('script', ['-qec', ['age', ...args, '-o', to, from].join(' '), '/dev/null'], {
		input: answers.map((answer) => `${answer}\n`).join(''),
	});
	return readFileSync(to);
}

async function newKey(): Promise<{ identity: string; recipient: string; keyFile: string }> {
	const identity = await generateIdentity();
	const keyFile = scope.path(`key-${randomBytes(4).toString('hex')}`);
	writeFileSync(keyFile, `# a comment\n${identity}\n`);
	return { identity, recipient: await identityToRecipient(identity), keyFile };
}

const sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 5_000_011];

test.each(sizes)('%d bytes that were encrypted here are what the age program reads', async (size) => {
	const { recipient, keyFile } = await newKey();
	const content = randomBytes(size);
	for (const pieceBytes of [1_000_003, 65_536, 777]) {
		const file = await encrypt(content, { recipients: [recipient] }, pieceBytes);
		expect(age(['-d', '-i', keyFile], file).equals(content)).toBe(true);
	}
});

test.each(sizes)('%d bytes that the age program has encrypted are read here', async (size) => {
	const { identity, recipient } = await newKey();
	const content = randomBytes(size);
	const file = age(['-r', recipient], content);
	for (const pieceBytes of [1_000_003, 65_552, 777]) {
		expect((await decrypt(file, { identities: [identity] }, pieceBytes)).equals(content)).toBe(true);
	}
});

test('each of several recipients opens it, here and with the age program, and nobody else', async () => {
	const keys = [await newKey(), await newKey(), await newKey()];
	const content = randomBytes(100_000);
	const recipients = keys.map(({ recipient }) => recipient);
	const ours = await encrypt(content, { recipients });
	const theirs = age(
		recipients.flatMap((recipient) => ['-r', recipient]),
		content,
	);
	const stranger = await newKey();
	for (const { identity, keyFile } of keys) {
		expect(age(['-d', '-i', keyFile], ours).equals(content)).toBe(true);
		// A key that does not fit stands before the one that does.
		const identities = [stranger.identity, identity];
		expect((await decrypt(theirs, { identities, passphrase: 'unused' })).equals(content)).toBe(true);
	}
	for (const file of [ours, theirs]) {
		await expect(decrypt(file, { identities: [stranger.identity] })).rejects.toMatchObject({
			code: 'wrong_key',
			message: 'None of the given keys opens it.',
		});
	}
});

test.each(['correct horse battery staple', 'größe \u{1f511} e\u0301', ' blanks around '])(
	'BK-22: the passphrase %j is the same here and for the age program, in both directions',
	async (passphrase) => {
		const content = randomBytes(70_000);
		const ours = await encrypt(content, { passphrase });
		expect(ageAtTerminal(['-d'], ours, [passphrase]).equals(content)).toBe(true);
		const theirs = ageAtTerminal(['-p'], content, [passphrase, passphrase]);
		expect((await decrypt(theirs, { identities: [], passphrase })).equals(content)).toBe(true);
		await expect(decrypt(theirs, { identities: [], passphrase: `${passphrase}x` })).rejects.toMatchObject({
			code: 'wrong_key',
		});
	},
);

test('no two files are the same, though content and key are', async () => {
	const { recipient } = await newKey();
	const files = await Promise.all(
		[1, 2].map(() => encrypt(Buffer.alloc(100_000), { recipients: [recipient] })),
	);
	expect(files[0]?.subarray(-1000).equals(files[1]?.subarray(-1000) ?? Buffer.alloc(0))).toBe(false);
});

test('BK-23: a file that asks for gigabytes of memory to try a passphrase is refused at once', async () => {
	const { bytes } = await makeHeader({ passphrase: 'x' });
	const greedy = Buffer.from(bytes.toString('latin1').replace(/^(-> scrypt \S+) 18$/m, '$1 21'), 'latin1');
	const file = Buffer.concat([greedy, Buffer.alloc(100)]);
	await expect(decrypt(file, { identities: [], passphrase: 'x' })).rejects.toMatchObject({
		code: 'archive_damaged',
		message: expect.stringContaining('a scrypt work factor of 21 is refused'),
	});
});

test('a header without end does not fill memory', async () => {
	const { identity } = await newKey();
	let read = 0;
	async function* endless(): AsyncGenerator<Buffer> {
		yield Buffer.from('age-encryption.org/v1\n');
		for (;;) {
			read += 1000;
			yield await Promise.resolve(Buffer.alloc(1000, '-> x\nAAAA\n'));
		}
	}
	await expect(collect(decryptAge(endless(), { identities: [identity] }))).rejects.toMatchObject({
		code: 'archive_damaged',
	});
	expect(read).toBeLessThan(100_000);
});

describe('BK-22: what is wrong with a file is told apart', () => {
	let file: Buffer;
	let payloadAt: number;
	let keys: AgeKeys;
	beforeAll(async () => {
		const { identity, recipient } = await newKey();
		keys = { identities: [identity] };
		const header = await makeHeader({ recipients: [recipient] });
		payloadAt = header.bytes.length + 16;
		file = await collect(encryptAge(pieces(randomBytes(200_000), 65_536), header));
	});

	const flipped = (at: number): Buffer => {
		const changed = Buffer.from(file);
		changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
		return changed;
	};
	const codeOf = (changed: Buffer, storedBytes?: number): Promise<string> =>
		collect(decryptAge(pieces(changed, 50_000), keys, storedBytes)).then(
			() => 'none',
			(thrown: { code: string }) => thrown.code,
		);

	test('a header whose code does not match is damaged, although the key opens it', async () => {
		expect(await codeOf(flipped(file.indexOf('\n--- ') + 6))).toBe('archive_damaged');
		expect(await codeOf(flipped(0))).toBe('archive_damaged');
	});

	test('a payload that was changed anywhere is damaged, and all before the change is released', async () => {
		for (const at of [payloadAt, payloadAt + 65_552, file.length - 1]) {
			expect(await codeOf(flipped(at))).toBe('archive_damaged');
		}
		const released: Buffer[] = [];
		const reading = (async () => {
			for await (const part of decryptAge(pieces(flipped(payloadAt + 65_552), 1_000_000), keys)) {
				released.push(part);
			}
		})();
		await expect(reading).rejects.toMatchObject({ code: 'archive_damaged' });
		expect(Buffer.concat(released)).toHaveLength(65_536);
	});

	test('a file that was cut is told as cut, between chunks without knowing its size', async () => {
		for (const chunks of [1, 2, 3])
			expect(await codeOf(file.subarray(0, payloadAt + chunks * 65_552))).toBe('archive_cut');
		for (const end of [0, 5, 40, payloadAt - 3, payloadAt, payloadAt + 5]) {
			expect(await codeOf(file.subarray(0, end))).toBe('archive_cut');
		}
		expect(await codeOf(file.subarray(0, -1), file.length)).toBe('archive_cut');
		expect(await codeOf(file.subarray(0, payloadAt + 100_000), file.length)).toBe('archive_cut');
	});

	test('what is put behind its end is noticed', async () => {
		for (const junk of [1, 16, 65_552, 200_000]) {
			expect(await codeOf(Buffer.concat([file, Buffer.alloc(junk)]))).toBe('archive_damaged');
		}
	});

	test('chunks that were exchanged or left out are noticed', async () => {
		const chunk = (index: number): Buffer =>
			file.subarray(payloadAt + index * 65_552, payloadAt + (index + 1) * 65_552);
		const head = file.subarray(0, payloadAt);
		expect(await codeOf(Buffer.concat([head, chunk(0), chunk(1), chunk(2), chunk(3)]))).toBe('none');
		expect(await codeOf(Buffer.concat([head, chunk(1), chunk(0), chunk(2), chunk(3)]))).toBe(
			'archive_damaged',
		);
		expect(await codeOf(Buffer.concat([head, chunk(0), chunk(2), chunk(3)]))).toBe('archive_damaged');
	});
});
