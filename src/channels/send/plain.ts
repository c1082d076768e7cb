import { seenText } from '../render';
import type { Content } from './request';

/** What is said where there are no buttons: the addresses that they would open stand below the text. */
export function plainWithAddresses({
	text,
	format,
	buttons = [],
}: Extract<Content, { operation: 'message' }>): string {
	const addresses = buttons
		.flat()
		.flatMap(({ text: name, url }) => (url === undefined ? [] : [`\n${name}: ${url}`]));
	return seenText(text, format) + addresses.join('');
}
