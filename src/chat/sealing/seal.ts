import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

import type { FieldKey, FieldKeys } from './keys';

export const sealedFieldNames = ['realName', 'email', 'phone'] as const;
export type SealedFieldName = (typeof sealedFieldNames)[number];

/** Where a value belongs: sealed for one place, it opens in no other. */
export interface SealedPlace {
	tenant: string;
	contactId: number;
	field: SealedFieldName;
}

export type OpenedValue = { ok: true; value: string } | { ok: false; problem: string; remedy: string };

const prefix = 'sealed:';
const cipherName = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const indexBytes = 16;

export const isSealed = (text: string): boolean => text.startsWith(prefix);

/** `sealed:v1:<id of the key>:<id of the contact>:<nonce, text and tag in base64url>`. Twice the same is never the same. */
export function seal(value: string, place: SealedPlace, key: FieldKey): string {
	const nonce = randomBytes(nonceBytes);
	const cipher = createCipheriv(cipherName, key.sealing, nonce, { authTagLength: tagBytes });
	cipher.setAAD(boundTo(place, key.id));
	const sealed = Buffer.concat([nonce, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
	return `${prefix}v1:${key.id}:${place.contactId}:${sealed.toString('base64url')}`;
}

/** @param formerIds of contacts that were merged into this one, whose values it has taken over as they were */
export function open(
	text: string,
	{ formerIds, ...place }: SealedPlace & { formerIds: readonly number[] },
	keys: FieldKeys,
): OpenedValue {
	const [, keyId = '', owner = '', body = ''] =
		/^sealed:v1:([0-9a-f]{16}):(\d{1,15}):([\w-]+)$/.exec(text) ?? [];
	if (body === '') return damaged('is damaged');
	const contactId = Number(owner);
	if (contactId !== place.contactId && !formerIds.includes(contactId))
		return damaged('was sealed for another contact');
	const key = keys.byId(keyId);
	if (!key)
		return {
			ok: false,
			problem: `was sealed with the key ${keyId}, which is not among the given ones (${keys.ids.join(', ')})`,
			remedy: 'Add that key to the former keys of the credential.',
		};
	const bytes = Buffer.from(body, 'base64url');
	try {
		const decipher = createDecipheriv(cipherName, key.sealing, bytes.subarray(0, nonceBytes), {
			authTagLength: tagBytes,
		});
		decipher.setAAD(boundTo({ ...place, contactId }, keyId));
		decipher.setAuthTag(bytes.subarray(-tagBytes));
		const value = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
		return { ok: true, value: Buffer.concat([value, decipher.final()]).toString('utf8') };
	} catch {
		// Which of these it is cannot be told.
		return damaged('was changed after it was sealed, or belongs to another field or tenant');
	}
}

/**
 * Keyed hashes by which a sealed value is found, one for each key. Equal values have equal hashes: that two contacts share
 * an address can be seen in the database, and not which.
 */
export function indexOf(value: string, tenant: string, field: 'email' | 'phone', key: FieldKey): string {
	const normal = field === 'email' ? normalEmail(value) : phoneDigits(value);
	const hash = createHmac('sha256', key.indexing)
		.update(JSON.stringify([tenant, field, normal]))
		.digest();
	return `${key.id}:${hash.subarray(0, indexBytes).toString('base64url')}`;
}

export const normalEmail = (email: string): string => email.trim().normalize('NFC').toLowerCase();

/** "+49 (170) 123" and "0049170123" are one number. */
export const phoneDigits = (phone: string): string => phone.replace(/[^0-9]/g, '').replace(/^00/, '');

function boundTo({ tenant, contactId, field }: SealedPlace, keyId: string): Buffer {
	return Buffer.from(JSON.stringify(['opsdesk contact field 1', keyId, tenant, contactId, field]));
}

function damaged(problem: string): OpenedValue {
	return {
		ok: false,
		problem,
		remedy: 'Enter the value anew, or take it from a backup of the database in which it can be opened.',
	};
}
