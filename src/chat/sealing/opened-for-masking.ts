import { z } from 'zod';

import { StoreError, type Store } from '../../store';
import { opened, wholly } from './contact';
import type { FieldKeys } from './keys';
import { isSealed, sealedFieldNames } from './seal';

/** How an erasure deals with sealed fields. */
export interface ErasureKeys {
	/** Opens sealed fields, so that what they say is masked in what others have written. */
	fieldKeys?: FieldKeys | undefined;
	/**
	 * Goes on when a field cannot be opened. What it says then stays where others have written it, which the receipt counts
	 * (`sealedUnmasked`). Default: refused.
	 */
	withoutSealed?: boolean;
}

const answer = z.object({
	items: z.array(
		z.object({
			id: z.number(),
			formerIds: z.array(z.number()).optional(),
			realName: z.string().optional(),
			email: z.string().optional(),
			phone: z.string().optional(),
		}),
	),
});

/** What an erasing call takes along. */
interface Masking {
	opened?: Record<string, string>;
	withoutSealed?: true;
}

/** Somebody may write to a contact between reading its fields and erasing it. */
const mostAttempts = 3;

/**
 * Calls with what the sealed fields of the people it concerns say, for masking only.
 * @param whom names them: a contact or an identity
 * @throws StoreError `sealed` naming the contact and field
 */
export async function withSealedOpened<Result>(
	store: Store,
	whom: object,
	keys: ErasureKeys,
	call: (request: Masking) => Promise<Result>,
): Promise<Result> {
	for (let attempt = 1; ; attempt += 1) {
		const masking = await openedForMasking(store, whom, keys, { wholly: keys.withoutSealed !== true });
		try {
			return await call(masking);
		} catch (thrown) {
			const isChanged = thrown instanceof StoreError && thrown.code === 'sealed';
			if (!isChanged || keys.fieldKeys === undefined || attempt >= mostAttempts) throw thrown;
		}
	}
}

/**
 * What the sealed fields of people say, as far as the keys open them.
 * @param whom names them: a contact, an identity or receipts
 * @throws StoreError; with `wholly`, `sealed` naming the contact and the field that does not open
 */
export async function openedForMasking(
	store: Store,
	whom: object,
	{ fieldKeys, withoutSealed = false }: ErasureKeys,
	{ wholly: isWhole = false }: { wholly?: boolean } = {},
): Promise<Masking> {
	const allowed = withoutSealed ? { withoutSealed } : {};
	if (!fieldKeys) return allowed;
	const { items } = await store.call('get_sealed_fields', whom, { answer, repeatable: true });
	const said: Record<string, string> = {};
	for (const item of items) {
		const contact = opened(item, store.tenant, fieldKeys);
		if (isWhole) wholly(contact);
		for (const field of sealedFieldNames) {
			const [text, value] = [item[field], contact[field]];
			if (text !== undefined && isSealed(text) && value !== undefined) said[text] = value;
		}
	}
	return { opened: said, ...allowed };
}
