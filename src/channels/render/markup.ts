import { ChannelError } from '../errors';
import { wholeCharacters } from './cut';
import type { Format } from './escape';

/** A piece of formatted text: what a reader sees of it, and how it is written. */
export type Token =
	| { kind: 'text'; written: string; seen: string }
	| { kind: 'open'; written: string; closing: string }
	| { kind: 'close'; written: string };

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };
const tags = [
	...['b', 'strong', 'i', 'em', 'u', 'ins', 's', 'strike', 'del', 'span', 'tg-spoiler', 'a', 'tg-emoji'],
	...['code', 'pre', 'blockquote'],
];

/** @throws ChannelError `invalid_input` for what Telegram would refuse: the whole message is lost otherwise */
export function tokensOf(text: string, format: Exclude<Format, 'plain'>): Token[] {
	const tokens = format === 'html' ? htmlTokens(text) : markdownTokens(text);
	const open: string[] = [];
	for (const token of tokens) {
		if (token.kind === 'open') open.push(token.closing);
		else if (token.kind === 'close' && open.pop() !== token.written) throw unbalanced(format, token.written);
	}
	const [left] = open;
	if (left !== undefined) throw unbalanced(format, left);
	return tokens;
}

function htmlTokens(text: string): Token[] {
	const tokens: Token[] = [];
	for (const [written, closes, name, entity] of text.matchAll(
		/<(\/)?([a-z][a-z0-9-]*)(?:\s[^<>]*)?>|&(#\d+|#x[0-9a-f]+|[a-z]+);|[^<&]|[<&]/giu,
	)) {
		if (name !== undefined) {
			const tag = name.toLowerCase();
			if (!tags.includes(tag))
				throw new ChannelError(
					'invalid_input',
					`The HTML of the message has a tag that Telegram does not know: <${tag}>.`,
					'Use b, i, u, s, code, pre, a, blockquote or tg-spoiler, and write "<" of a text as &lt;.',
				);
			tokens.push(
				closes ? { kind: 'close', written: `</${tag}>` } : { kind: 'open', written, closing: `</${tag}>` },
			);
		} else if (entity !== undefined) tokens.push({ kind: 'text', written, seen: decoded(entity) ?? written });
		else if (written === '<' || written === '&')
			tokens.push({ kind: 'text', written: written === '<' ? '&lt;' : '&amp;', seen: written });
		else tokens.push({ kind: 'text', written, seen: written });
	}
	return tokens;
}

function decoded(entity: string): string | undefined {
	if (!entity.startsWith('#')) return entities[entity.toLowerCase()];
	const code = /^#x/i.test(entity) ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
	return code > 0 && code <= 0x10_ffff && (code < 0xd800 || code > 0xdfff)
		? String.fromCodePoint(code)
		: undefined;
}

/** Longer ones first: "__" is underlined, "_" italic. */
const marks = ['```', '||', '__', '*', '_', '~', '`'];

function markdownTokens(text: string): Token[] {
	const tokens: Token[] = [];
	const open: string[] = [];
	let at = 0;
	while (at < text.length) {
		const rest = text.slice(at, at + 3);
		const inner = open.at(-1);
		const code = inner === '`' || inner === '```';
		const mark = marks.find((one) => rest.startsWith(one) && (!code || one === inner));
		let written = rest.startsWith('\\') && text.length > at + 1 ? pair(text, at) : character(text, at);
		if (mark !== undefined) {
			written = mark;
			if (inner === mark) {
				open.pop();
				tokens.push({ kind: 'close', written });
			} else {
				open.push(mark);
				tokens.push({ kind: 'open', written, closing: mark });
			}
		} else if (!code && rest.startsWith('[')) {
			const whole = /^\[(?:\\[\s\S]|[^\]\\])*\]\((?:\\[\s\S]|[^)\\])*\)/.exec(text.slice(at))?.[0];
			if (whole === undefined) throw unbalanced('markdown', '[');
			written = whole;
			// A link stays in one piece: its text, and not its address, is what a reader sees.
			tokens.push({ kind: 'text', written, seen: whole.slice(1, whole.indexOf('](')) });
		} else tokens.push({ kind: 'text', written, seen: written.replace(/^\\/, '') });
		at += written.length;
	}
	return tokens;
}

const character = (text: string, at: number): string => String.fromCodePoint(text.codePointAt(at) ?? 0xfffd);
const pair = (text: string, at: number): string => `\\${character(text, at + 1)}`;

function unbalanced(format: Format, mark: string): ChannelError {
	return new ChannelError(
		'invalid_input',
		format === 'html'
			? `The tags of the message do not match at "${mark}".`
			: `The MarkdownV2 of the message does not match at "${mark}".`,
		format === 'html'
			? 'Close each tag, the last opened first, and escape the text of others.'
			: 'Close each mark, and put "\\" before signs that are text.',
	);
}

/**
 * Parts whose visible text has at most so many characters. What is open at a cut is closed there and opened again in the
 * next part, so that each is valid by itself.
 * @throws ChannelError `invalid_input`
 */
export function splitMarkup(text: string, format: Exclude<Format, 'plain'>, most: number): string[] {
	const parts: string[] = [];
	let rest = tokensOf(text, format);
	for (;;) {
		const seen = rest.map((token) => (token.kind === 'text' ? token.seen : '')).join('');
		if (seen.length <= most) break;
		const end = cutPlace(rest, seen, most);
		const open = openAfter(rest.slice(0, end));
		parts.push(
			joined(rest.slice(0, end)) +
				open
					.toReversed()
					.map(({ closing }) => closing)
					.join(''),
		);
		rest = [...open, ...rest.slice(end)];
	}
	const last = joined(rest);
	if (rest.some((token) => token.kind === 'text' && token.seen.trim() !== '')) parts.push(last);
	return parts;
}

/** How many tokens the first part has: as in a plain text, but only between two of them. */
function cutPlace(tokens: Token[], seen: string, most: number): number {
	const wanted = bestEnd(seen, most);
	let length = 0;
	let place = 0;
	for (const [index, token] of tokens.entries()) {
		const next = length + (token.kind === 'text' ? token.seen.length : 0);
		if (next > wanted) break;
		length = next;
		place = index + 1;
	}
	// What cannot be cut and does not fit is for the platform to refuse.
	const first = tokens.findIndex((token) => token.kind === 'text') + 1;
	return Math.max(place, first, 1);
}

function bestEnd(seen: string, most: number): number {
	const part = seen.slice(0, most + 1);
	for (const separator of ['\n\n', '\n', ' ']) {
		const at = part.lastIndexOf(separator, most - separator.length);
		if (at >= most / 2) return at + separator.length;
	}
	return wholeCharacters(seen, most);
}

function openAfter(tokens: Token[]): Extract<Token, { kind: 'open' }>[] {
	const open: Extract<Token, { kind: 'open' }>[] = [];
	for (const token of tokens)
		if (token.kind === 'open') open.push(token);
		else if (token.kind === 'close') open.pop();
	return open;
}

const joined = (tokens: Token[]): string => tokens.map(({ written }) => written).join('');

/** What a reader sees, without tags and marks. @throws ChannelError `invalid_input` */
export function seenText(text: string, format: Format): string {
	if (format === 'plain') return text;
	return tokensOf(text, format)
		.map((token) => (token.kind === 'text' ? token.seen : ''))
		.join('');
}
