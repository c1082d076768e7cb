import { requestsOf } from '../../../../src/channels/send/requests';
import { parseContent, type ContentInput } from '../../../../src/channels/send';
import type { Platform } from '../../../../src/channels/platform';

export { partsOf } from '../../../../src/channels/render';

/** What a reader sees of valid HTML, by the shortest way. */
export const visible = (html: string): string =>
	html
		.replace(/<[^>]*>/g, '')
		.replaceAll('&lt;', '<')
		.replaceAll('&gt;', '>')
		.replaceAll('&quot;', '"')
		.replaceAll('&amp;', '&');

export const requestsOfText = (
	platform: Platform,
	content: Omit<Extract<ContentInput, { operation: 'message' }>, 'operation'>,
) => requestsOf({ platform, account: '1' }, parseContent({ operation: 'message', ...content }));
