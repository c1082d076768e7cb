const PREFIX = 'age';
/** The characters of Bech32 by their value (BIP 173). */
const CHARACTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const FORM = new RegExp(`^${PREFIX}1[${CHARACTERS}]{58}$`);
/** The generator of the checksum (BIP 173). */
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/**
 * What is wrong with a public key of age, or undefined. The text is shown by nobody: it may be a secret in the wrong place.
 * Its form is that of C2SP age.md, "X25519 recipient stanza": 32 bytes in Bech32 (BIP 173) under the prefix `age`.
 */
export function recipientProblem(text: string): string | undefined {
	if (/^AGE-SECRET-KEY-/i.test(text)) {
		return 'is a secret key, which does not belong here; write its public key, which begins with "age1". Whoever can read this text can open backups made for that key';
	}
	if (/^age1(pq|tag|tagpq|yubikey|se|fido2-hmac)1/.test(text)) {
		return 'is a public key of another kind than X25519, which is not supported; "opsdesk backup keygen" or "age-keygen" makes one';
	}
	if (/^(ssh-|ecdsa-)/.test(text)) {
		return 'is a key for SSH, which is not supported; "opsdesk backup keygen" or "age-keygen" makes one for age';
	}
	if (!FORM.test(text)) {
		return 'is not a public key of age: "age1" and 58 small letters and digits';
	}
	return checksumFits(text) ? undefined : 'has a typing error: its checksum does not fit';
}

function checksumFits(text: string): boolean {
	const values = [...text.slice(PREFIX.length + 1)].map((character) => CHARACTERS.indexOf(character));
	const codes = [...PREFIX].map((character) => character.charCodeAt(0));
	const all = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...values];
	let checksum = 1;
	for (const value of all) {
		const top = checksum >> 25;
		checksum = ((checksum & 0x1ffffff) << 5) ^ value;
		GENERATOR.forEach((term, bit) => {
			if ((top >> bit) & 1) checksum ^= term;
		});
	}
	// The 52nd character holds one bit of the 32 bytes; the others of it must be zero.
	return checksum === 1 && ((values[51] ?? 1) & 0b1111) === 0;
}
