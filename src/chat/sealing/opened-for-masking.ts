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

/** Somebody may write to a contact between reading its fields and erasing it. */
const mostAttempts = 3;

/**
 * Calls with what the sealed fields of the people it concerns say, for masking only.
 * @param whom names them: a contact, an identity or receipts
 * @throws StoreError `sealed` naming the contact and field
 */
export async function withSealedOpened<Result>(
	store: Store,
	whom: object,
	{ fieldKeys, withoutSealed = false }: ErasureKeys,
	call: (request: { opened?: Record<string, string>; withoutSealed?: true }) => Promise<Result>,
): Promise<Result> {
	const allowed = withoutSealed ? { withoutSealed } : {};
	if (!fieldKeys) return await call(allowed);
	for (let attempt = 1; ; attempt += 1) {
		const { items } = await store.call('get_sealed_fields', whom, { answer, repeatable: true });
		const said: Record<string, string> = {};
		for (const item of items) {
			const contact = opened(item, store.tenant, fieldKeys);
			if (!withoutSealed) wholly(contact);
			for (const field of sealedFieldNames) {
				const [text, value] = [item[field], contact[field]];
				if (text !== undefined && isSealed(text) && value !== undefined) said[text] = value;
			}
		}
		try {
			return await call({ opened: said, ...allowed });
		} catch (thrown) {
			if (!(thrown instanceof StoreError && thrown.code === 'sealed') || attempt >= mostAttempts)
				throw thrown;
		}
	}
}
