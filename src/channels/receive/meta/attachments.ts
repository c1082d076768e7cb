import { z } from 'zod';

import type { attachmentSchema as normalSchema } from '../../../shared';
import { given, idText } from '../fields';

type Attachment = z.input<typeof normalSchema>;

const attachmentSchema = z.looseObject({
	type: z.string(),
	payload: z
		.looseObject({
			url: z.string().optional(),
			title: z.string().optional(),
			sticker_id: idText.optional(),
			reel_video_id: idText.optional(),
		})
		.nullish(),
});

/** Their words for kinds that other platforms have too. */
const kinds: Record<string, string> = { file: 'document' };

/** Files and other things that a message brings. What has no address is data. */
export function attachmentsOf(list: unknown[]): {
	/** Of the first one. */
	type?: string;
	attachments: Attachment[];
	data?: z.core.util.JSONType;
} {
	const read = list.map((element) => attachmentSchema.parse(element));
	const first = read[0];
	if (!first) return { attachments: [] };
	const withoutFile = read.filter(({ payload }) => payload?.url === undefined);
	return {
		type: kindOf(first),
		attachments: read.flatMap((element) => {
			const { url, title, sticker_id: stickerId, reel_video_id: reelId } = element.payload ?? {};
			if (url === undefined) return [];
			const externalId = stickerId ?? reelId;
			return [{ kind: kindOf(element), url, ...given({ fileName: title, externalId }) }];
		}),
		...(withoutFile.length > 0 && { data: z.json().catch(null).parse({ attachments: withoutFile }) }),
	};
}

function kindOf({ type, payload }: z.output<typeof attachmentSchema>): string {
	return payload?.sticker_id === undefined ? (kinds[type] ?? type) : 'sticker';
}
