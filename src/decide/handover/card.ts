import { z } from 'zod';

import { escapeFor, formats } from '../../channels';
import { cut } from '../text/cut';

export const cardSchema = z.object({
	text: z.string(),
	format: z.enum(formats),
});
/** What operators are shown. */
export type Card = z.output<typeof cardSchema>;

/** A card as it is kept until it is posted: what a client takes back before that is taken out of it. */
export interface KeptCard extends Card {
	/** Pieces of its text by the id of the message that they are of; `draft` goes with any of `asks`. */
	says: Record<string, string[]>;
	/** The messages that need a person; the others are what was said before. */
	asks: number[];
}

const said = z.object({
	id: z.number(),
	author: z.enum(['contact', 'member', 'bot', 'system']),
	name: z.string().nullable(),
	sentAt: z.string(),
	type: z.string(),
	text: z.string().nullable(),
	attachments: z.number(),
});

/** What a card is made of, as the store knows it. */
export const circumstancesSchema = z.object({
	platform: z.string(),
	chatTitle: z.string().nullable(),
	chatKind: z.enum(['private', 'group', 'channel']),
	tier: z.string().nullable(),
	team: z.string().nullable(),
	client: z
		.object({ name: z.string().nullable(), username: z.string().nullable(), isVip: z.boolean() })
		.nullable(),
	message: said,
	/** What was said before, the oldest first. */
	history: z.array(said),
	/** What was deferred and is shown with it, the oldest first; and how many more came before these. */
	waiting: z.array(said),
	waitingBefore: z.number(),
	reason: z.string(),
	rule: z.string().nullable(),
	draft: z.string().nullable(),
	deadlineAt: z.string().nullable(),
	/** How the handover before this one ended, when nobody has ended it. */
	lapsedHolder: z.string().nullable(),
});
export type Circumstances = z.output<typeof circumstancesSchema>;

/** In all less than what one message of Telegram holds. */
const mostText = 900;
const mostEarlier = 120;
/** Of all that was deferred together; then there is less of what was said before. */
const mostWaiting = 700;
const historyBesideWaiting = 3;
const mostDraft = 900;
const mostReason = 300;
const mostName = 60;
const usage =
	'Reply to this message to answer the client. /take /back /close, // for a note, /help for more.';

/**
 * What operators are shown of a handover, or of a further message in it. Written as HTML, which every platform of Channel Send gets
 * in its own way; what others have written stays text.
 *
 * @param isFirst false: the desk knows about it, and is shown what the client has written since
 */
export function cardOf(handoverId: number, about: Circumstances, isFirst: boolean): KeptCard {
	const { client, message } = about;
	const name = inOneLine(client?.name ?? client?.username ?? 'somebody');
	const who = [name, client?.isVip ? '(VIP)' : ''].join(' ').trim();
	const head = `<b>${plain(`#${handoverId} ${who}`)}</b>`;
	const words = { of: message.id, text: quoted(wordsOf(message, mostText)) };
	const due = about.deadlineAt === null ? [] : [plain(`Answer by: ${instant(about.deadlineAt)}`)];
	if (!isFirst) {
		const lines = due.length === 0 ? [] : [whyOf(about), ...due];
		return kept([message.id], [words], [head, words.text, ...lines].join('\n'));
	}
	const waiting = waitingOf(about);
	const history = about.history
		.slice(waiting.length > 0 ? -historyBesideWaiting : 0)
		.map((earlier) => ({ of: earlier.id, text: plain(lineOf(earlier)) }));
	const draft =
		about.draft === null
			? []
			: [{ of: 'draft', text: `${plain('Draft:')}\n${quoted(cut(about.draft, mostDraft))}` }];
	const more = about.waitingBefore > 0 ? [plain(`… and ${about.waitingBefore} messages before these.`)] : [];
	const lines = [
		`${head}${plain(` · ${placeOf(about)}`)}`,
		...(history.length > 0 ? [history.map(({ text }) => text).join('\n')] : []),
		...more,
		...waiting.map(({ text }) => text),
		words.text,
		whyOf(about),
		...(about.lapsedHolder === null
			? []
			: [
					plain(
						`Before, it was with ${cut(about.lapsedHolder, mostName)}, who has not answered for too long.`,
					),
				]),
		...due,
		...draft.map(({ text }) => text),
		plain(usage),
	];
	const asks = [...about.waiting, message].map(({ id }) => id);
	return kept(asks, [...history, ...waiting, words, ...draft], lines.join('\n\n'));
}

/** A part of the text, and the message that it is of. */
interface Piece {
	of: number | string;
	text: string;
}

function kept(asks: number[], pieces: readonly Piece[], text: string): KeptCard {
	const says: Record<string, string[]> = {};
	for (const piece of pieces) (says[piece.of] ??= []).push(piece.text);
	return { format, text, says, asks };
}

/** What has waited for this card, each with its time and who wrote it. */
function waitingOf({ waiting }: Circumstances): Piece[] {
	const most = Math.floor(mostWaiting / Math.max(waiting.length, 1));
	return waiting.map((one) => ({ of: one.id, text: quoted(cut(lineOf(one, most), most)) }));
}

const whyOf = ({ reason, rule }: Circumstances): string =>
	plain(`Why: ${inOneLine(reason, mostReason)}${rule === null ? '' : ` (rule ${cut(rule, mostName)})`}`);

/** Strangers choose their names, and models their reasons: with line ends they would write lines of the card. */
const inOneLine = (text: string, most = mostName): string => cut(text.replace(/\s+/g, ' '), most);

const format = 'html';
const plain = (text: string): string => escapeFor(format, text);
const quoted = (text: string): string => `<blockquote>${plain(text)}</blockquote>`;

function placeOf({ platform, chatKind, chatTitle, tier, team }: Circumstances): string {
	const chat =
		chatKind === 'private' || chatTitle === null ? platform : `${platform}, ${inOneLine(chatTitle)}`;
	return [
		chat,
		tier === null ? '' : `tier ${cut(tier, mostName)}`,
		team === null ? '' : `team ${cut(team, mostName)}`,
	]
		.filter(Boolean)
		.join(' · ');
}

const authors = { contact: 'client', member: 'operator', bot: 'bot', system: 'system' };

function lineOf(earlier: z.output<typeof said>, most = mostEarlier): string {
	const name = inOneLine(earlier.name ?? authors[earlier.author]);
	return `${instant(earlier.sentAt)} ${name}: ${wordsOf(earlier, most).replace(/\s+/g, ' ')}`;
}

/** What a message says, with a word for what is no text. */
function wordsOf({ type, text, attachments }: z.output<typeof said>, most: number): string {
	const kind = type === 'text' && attachments === 0 ? '' : `[${type === 'text' ? 'file' : type}]`;
	return [kind, text === null ? '' : cut(text, most)].filter(Boolean).join(' ') || '[nothing]';
}

/** Of the platform's clock, in UTC. */
const instant = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;
