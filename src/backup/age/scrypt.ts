import { createCipheriv, createDecipheriv, randomBytes, scrypt, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

import type { Identity, Recipient, Stanza } from 'age-encryption';

import { tagBytes } from './payload';

/** Base-2 logarithm of the work factor, as the age program chooses it: half a second and 256 MiB for each file. */
const workFactor = 18;
/**
 * The highest work factor that is read: 1 GiB. The number stands in the file, so whoever can write to the destination could
 * otherwise make n8n run out of memory. The age program reads up to 22, which is 4 GiB.
 */
export const maxWorkFactor = 20;

const label = Buffer.from('age-encryption.org/v1/scrypt');
const saltBytes = 16;
const fileKeyBytes = 16;
const blockSize = 8;
const algorithm = 'chacha20-poly1305';
/** Each key is used for one file key only, so the nonce is fixed (C2SP age.md, "scrypt recipient stanza"). */
const nonce = Buffer.alloc(12);

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/**
 * Wraps the file key with a passphrase, by node's own scrypt: the library's would stand still for seconds. The passphrase
 * is taken as it is, in UTF-8, as the age program does.
 * @param StanzaClass of the library, which is loaded on first use only
 */
export function scryptRecipient(passphrase: string, StanzaClass: typeof Stanza): Recipient {
	return {
		async wrapFileKey(fileKey) {
			const salt = randomBytes(saltBytes);
			const key = await keyOf(passphrase, salt, workFactor);
			const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
			const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
			return [new StanzaClass(['scrypt', unpadded(salt), String(workFactor)], new Uint8Array(body))];
		},
	};
}

/** Opens what {@link scryptRecipient} or the age program has wrapped. */
export function scryptIdentity(passphrase: string): Identity {
	return {
		async unwrapFileKey(stanzas) {
			const stanza = stanzas.find(({ args }) => args[0] === 'scrypt');
			if (!stanza) return null;
			const [, saltText = '', factor = '', ...more] = stanza.args;
			const salt = Buffer.from(saltText, 'base64');
			const isSalt = salt.length === saltBytes && unpadded(salt) === saltText;
			if (!isSalt || !/^[1-9][0-9]?$/.test(factor) || more.length > 0)
				throw new Error('invalid scrypt stanza');
			if (Number(factor) > maxWorkFactor) throw new Error(`a scrypt work factor of ${factor} is refused`);
			if (stanza.body.length !== fileKeyBytes + tagBytes) throw new Error('invalid scrypt stanza');
			const key = await keyOf(passphrase, salt, Number(factor));
			const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
			decipher.setAuthTag(stanza.body.subarray(fileKeyBytes));
			const fileKey = decipher.update(stanza.body.subarray(0, fileKeyBytes));
			try {
				decipher.final();
			} catch {
				return null;
			}
			return new Uint8Array(fileKey);
		},
	};
}

/** Refuses a header in which a passphrase stands beside other recipients, whoever made it: so says the specification. */
export const loneScrypt: Identity = {
	unwrapFileKey(stanzas) {
		if (stanzas.length > 1 && stanzas.some(({ args }) => args[0] === 'scrypt')) {
			throw new Error('a passphrase stands beside other recipients');
		}
		return null;
	},
};

function keyOf(passphrase: string, salt: Buffer, factor: number): Promise<Buffer> {
	const cost = 2 ** factor;
	// What OpenSSL counts, with some room; its own limit is 32 MiB.
	const maxmem = 128 * blockSize * (cost + 16);
	return derive(passphrase, Buffer.concat([label, salt]), 32, { N: cost, r: blockSize, p: 1, maxmem });
}

function unpadded(bytes: Buffer): string {
	return bytes.toString('base64').replaceAll('=', '');
}
