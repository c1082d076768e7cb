const links = /(?:\b[a-z][a-z0-9+.-]{1,20}:\/\/|\bwww\.)[^\s<>"']{1,2000}|\b(?:mailto|tel):\S{1,2000}/giu;
/** Chats make links of names of hosts, also of such as end a sentence without a space. */
const hosts = /(?<=[\p{L}\p{N}-])\.(?=\p{L}{2,24}(?![\p{L}\p{N}]))/gu;
/** What turns the order of signs round. */
const directions = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
const mentions = /(?<![\p{L}\p{N}._-])@(?=[\p{L}\p{N}_])/gu;

/**
 * Words of a stranger for a text that a desk sends in its own name: no link in it can be followed, and nobody is called by it.
 * A link is named, a host has a space behind its points, and a name has no `@` in front.
 */
export function harmless(text: string): string {
	return text.replace(directions, '').replace(links, '[link]').replace(hosts, '. ').replace(mentions, '');
}
