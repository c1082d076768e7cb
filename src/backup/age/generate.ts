export interface GeneratedKey {
	/** Secret; opens what is encrypted for the recipient. */
	identity: string;
	recipient: string;
	/** A file as age-keygen writes it. */
	file: string;
}

/** A new X25519 key. */
export async function generateKey(now: Date): Promise<GeneratedKey> {
	const { generateX25519Identity, identityToRecipient } = await import('age-encryption');
	const identity = await generateX25519Identity();
	const recipient = await identityToRecipient(identity);
	const file = `# created: ${now.toISOString()}\n# public key: ${recipient}\n${identity}\n`;
	return { identity, recipient, file };
}
