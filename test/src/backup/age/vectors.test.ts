import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';

import * as vectors from 'cctv-age';

import { decryptAge } from '../../../../src/backup/age/decrypt';
import type { BackupError } from '../../../../src/backup/errors';
import { pieces } from './pieces';

/** One of the published vectors of C2SP/CCTV. */
interface Vector {
	name: string;
	expect: string;
	/** SHA-256 of all that may be released, also when decrypting fails later. */
	payload: string | undefined;
	identities: string[];
	passphrases: string[];
	armored: boolean;
	file: Buffer;
}

function readVector(name: string, bytes: Uint8Array): Vector {
	const text = Buffer.from(bytes);
	const end = text.indexOf('\n\n');
	const fields = text
		.toString('utf8', 0, end)
		.split('\n')
		.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const);
	const all = (key: string): string[] => fields.filter(([found]) => found === key).map(([, value]) => value);
	const body = text.subarray(end + 2);
	return {
		name,
		expect: all('expect')[0] ?? '',
		payload: all('payload')[0],
		identities: all('identity'),
		passphrases: all('passphrase'),
		armored: all('armored').length > 0,
		file: all('compressed').length > 0 ? inflateSync(body) : body,
	};
}

const all = Object.entries<Uint8Array>(vectors).map(([name, bytes]) => readVector(name, bytes));
/**
 * Left out: files in the ASCII armor. Backups are written without it, and a file that was put in the place of one is
 * refused by its hash before it is opened, so nothing here ever reads armor.
 */
const binary = all.filter(({ armored }) => !armored);

/** Codes that stand for each outcome; a header that ends too early was cut. */
const codes: Record<string, string[]> = {
	'no match': ['wrong_key'],
	'HMAC failure': ['archive_damaged'],
	'header failure': ['archive_damaged', 'archive_cut'],
	'payload failure': ['archive_damaged', 'archive_cut'],
};

async function decrypt({ file, identities, passphrases }: Vector, pieceBytes: number) {
	const released = createHash('sha256');
	let releasedBytes = 0;
	try {
		const keys = { identities, passphrase: passphrases[0] };
		for await (const part of decryptAge(pieces(file, pieceBytes), keys)) {
			released.update(part);
			releasedBytes += part.length;
		}
		return { code: 'success', releasedBytes, sha256: released.digest('hex') };
	} catch (thrown) {
		return { code: (thrown as BackupError).code, releasedBytes, sha256: released.digest('hex') };
	}
}

test('all published vectors are there, and the armored ones alone are left out', () => {
	expect(all).toHaveLength(143);
	expect(binary).toHaveLength(143 - 33);
	const named = (unexpected: Vector[]): string[] => unexpected.map(({ name }) => name);
	expect(named(all.filter(({ name, armored }) => armored !== name.startsWith('armor_')))).toEqual([]);
	// Both passphrases of this one are known to us in turn only, and its header is refused before either is tried.
	expect(named(all.filter(({ passphrases }) => passphrases.length > 1))).toEqual(['scrypt_double']);
});

test.each(binary)('the vector $name ends in $expect and releases what it may', async (vector) => {
	for (const pieceBytes of [1_000_003, 65_552, vector.file.length > 100_000 ? 999 : 1]) {
		const { code, releasedBytes, sha256 } = await decrypt(vector, pieceBytes);
		if (vector.expect === 'success') expect(code).toBe('success');
		else expect(codes[vector.expect]).toContain(code);
		if (vector.payload === undefined) expect(releasedBytes).toBe(0);
		else expect(sha256).toBe(vector.payload);
	}
});
