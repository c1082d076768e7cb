import { z } from 'zod';

import { escapeFor, formats } from '../../channels';

export const cardSchema = z.object({
	text: z.string(),
	format: z.enum(formats),
	/** Where the platform has them: pressed, each says its command. */
	buttons: z.array(z.array(z.object({ text: z.string(), data: z.string() }))).optional(),
});
/** What operators are shown. */
export type Card = z.output<typeof cardSchema>;

const said = z.object({
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
export function cardOf(handoverId: number, about: Circumstances, isFirst: boolean): Card {
	const { client, message } = about;
	const name = cut(client?.name ?? client?.username ?? 'somebody', mostName);
	const who = [name, client?.isVip ? '(VIP)' : ''].join(' ').trim();
	const head = `<b>${plain(`#${handoverId} ${who}`)}</b>`;
	if (!isFirst) return { format, text: `${head}\n${quoted(wordsOf(message, mostText))}` };
	const lines = [
		`${head}${plain(` · ${placeOf(about)}`)}`,
		...(about.history.length > 0 ? [about.history.map((earlier) => plain(lineOf(earlier))).join('\n')] : []),
		quoted(wordsOf(message, mostText)),
		plain(
			`Why: ${cut(about.reason, mostReason)}${about.rule === null ? '' : ` (rule ${cut(about.rule, mostName)})`}`,
		),
		...(about.lapsedHolder === null
			? []
			: [
					plain(
						`Before, it was with ${cut(about.lapsedHolder, mostName)}, who has not answered for too long.`,
					),
				]),
		...(about.deadlineAt === null ? [] : [plain(`Answer by: ${instant(about.deadlineAt)}`)]),
		...(about.draft === null ? [] : [`${plain('Draft:')}\n${quoted(cut(about.draft, mostDraft))}`]),
		plain(usage),
	];
	return { format, text: lines.join('\n\n'), buttons };
}

const format = 'html';
const plain = (text: string): string => escapeFor(format, text);
const quoted = (text: string): string => `<blockquote>${plain(text)}</blockquote>`;

const buttons = [
	[
		{ text: 'Take', data: '/take' },
		{ text: 'Hand back', data: '/back' },
		{ text: 'Close', data: '/close' },
	],
];

function placeOf({ platform, chatKind, chatTitle, tier, team }: Circumstances): string {
	const chat =
		chatKind === 'private' || chatTitle === null ? platform : `${platform}, ${cut(chatTitle, mostName)}`;
	return [
		chat,
		tier === null ? '' : `tier ${cut(tier, mostName)}`,
		team === null ? '' : `team ${cut(team, mostName)}`,
	]
		.filter(Boolean)
		.join(' · ');
}

const authors = { contact: 'client', member: 'operator', bot: 'bot', system: 'system' };

function lineOf(earlier: z.output<typeof said>): string {
	const name = cut(earlier.name ?? authors[earlier.author], mostName);
	return `${instant(earlier.sentAt)} ${name}: ${wordsOf(earlier, mostEarlier).replace(/\s+/g, ' ')}`;
}

/** What a message says, with a word for what is no text. */
function wordsOf({ type, text, attachments }: z.output<typeof said>, most: number): string {
	const kind = type === 'text' && attachments === 0 ? '' : `[${type === 'text' ? 'file' : type}]`;
	return [kind, text === null ? '' : cut(text, most)].filter(Boolean).join(' ') || '[nothing]';
}

/** Never within a character. */
const cut = (text: string, most: number): string =>
	text.length <= most ? text : `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`;

/** Of the platform's clock, in UTC. */
const instant = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;
