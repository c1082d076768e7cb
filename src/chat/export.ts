import { createHash } from 'node:crypto';
import { z } from 'zod';

import { StoreError, type Store } from '../store';
import { contactSchema, type ContactName } from './contacts';
import { pageSchema } from './paging';
import { opened, wholly, type Sealing } from './sealing/contact';

const countsSchema = z.object({
	messages: z.number(),
	files: z.number(),
	versions: z.number(),
	archived: z.number(),
});

const profileSchema = z.object({
	contact: contactSchema,
	consent: z.looseObject({}),
	conversations: z.array(z.looseObject({ id: z.number() })),
	/** What is still to be sent to them, or was: when and where, not what. */
	outbox: z.array(z.looseObject({ id: z.number() })),
	/** When people took care of what they asked for. */
	handovers: z.array(z.looseObject({ id: z.number() })),
	/** What they have waited for. */
	timers: z.array(z.looseObject({ conversationId: z.number() })),
	upTo: z.number(),
	counts: countsSchema,
});

const exported = z.looseObject({
	id: z.number(),
	attachments: z.array(z.unknown()).optional(),
	versions: z.array(z.unknown()).optional(),
});

const exportedPage = pageSchema(exported);

const mostMessages = 500;

/** One line of an export. */
export type ExportLine =
	| {
			kind: 'profile';
			contact: object;
			consent: object;
			conversations: object[];
			outbox: object[];
			handovers: object[];
			timers: object[];
	  }
	| { kind: 'message'; message: object }
	/** The last one; `sha256` of the lines before it, each with its line feed. */
	| { kind: 'end'; counts: z.output<typeof countsSchema>; sha256: string };

/**
 * Everything about a person and everything they have written, hidden and archived messages and former versions
 * included, and nothing anybody else has written. Line by line, so that it takes the memory of one page.
 *
 * Messages that arrive after the beginning are not part of it. An export that ends without its last line is not whole.
 *
 * Without keys, sealed fields are named in the profile (`sealedFields`) and not shown.
 *
 * @throws StoreError `not_found`; `sealed` when the keys do not open all; `conflict` when messages went away meanwhile, as by an erasure
 */
export async function* exportContact(
	store: Store,
	who: ContactName,
	{ signal, fieldKeys }: { signal?: AbortSignal } & Sealing = {},
): AsyncGenerator<string> {
	const hash = createHash('sha256');
	const write = (line: ExportLine): string => {
		const text = `${JSON.stringify(line)}\n`;
		if (line.kind !== 'end') hash.update(text);
		return text;
	};
	const { upTo, counts, contact, ...profile } = await store.call('export_profile', who, {
		answer: profileSchema,
		repeatable: true,
		signal,
	});
	yield write({ kind: 'profile', contact: wholly(opened(contact, store.tenant, fieldKeys)), ...profile });
	const found = { messages: 0, files: 0, versions: 0, archived: 0 };
	const contactId = contact.id;
	for (const archived of [false, true]) {
		let after: { id: number | string } | undefined;
		do {
			const request = {
				contactId,
				upTo,
				archived,
				limit: mostMessages,
				...(after && { after: { id: after.id } }),
			};
			const page = await store.call('export_messages', request, {
				answer: exportedPage,
				repeatable: true,
				signal,
			});
			for (const message of page.items) {
				yield write({ kind: 'message', message });
				found[archived ? 'archived' : 'messages'] += 1;
				if (archived) continue;
				found.files += message.attachments?.length ?? 0;
				found.versions += message.versions?.length ?? 0;
			}
			after = page.next ?? undefined;
		} while (after !== undefined);
	}
	if (JSON.stringify(found) !== JSON.stringify(counts))
		throw new StoreError(
			'conflict',
			`The export is not whole: ${JSON.stringify(counts)} were to be exported, ${JSON.stringify(found)} were found.`,
			'Messages were erased, removed or edited meanwhile. Export again.',
		);
	yield write({ kind: 'end', counts: found, sha256: hash.digest('hex') });
}
