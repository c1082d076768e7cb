export const operatorReasons = [
	'stranger',
	'anonymous',
	'not_found',
	'erased',
	'over',
	'moved',
	'held_by_other',
	'taken',
	'taken_from',
	'edited',
	'empty',
	'unknown_command',
	'needs_reply',
	'no_decision',
	'no_chat',
	'send_stop',
	'ambiguous',
	'unknown_card',
	'several_accounts',
	'unchanged',
] as const;
/** Why a message was refused, or what there is to know beside it. */
export type OperatorReason = (typeof operatorReasons)[number];

interface Read {
	kind: string;
	reason: OperatorReason | null;
	handoverId: number | null;
	by: string | null;
	client: string | null;
	other: string | null;
	newerId: number | null;
}

const help = [
	'Reply to a card, or write /answer 12 and your text: the client gets it.',
	'/take: it is yours, and Eva is silent. /back: Eva goes on. /close: it is settled.',
	'// or note: in front of a text: a note for colleagues, not sent.',
	'/spam, /notspam, /category request|spam|gratitude|clarification: what Eva should have made of it.',
	'Without a reply, put the number behind: /take 12.',
].join('\n');

/** What the desk is told of a message; null when there is nothing to tell. */
export function toldOf(read: Read): string | null {
	const { kind, reason, handoverId } = read;
	const it = `#${handoverId ?? '?'}`;
	switch (kind) {
		case 'help':
			return help;
		case 'refused':
			return `Not sent. ${refusal(read, it)}`;
		case 'take':
			if (reason === 'unchanged') return `${it} is yours already.`;
			return `${read.by ?? 'You'}: ${it} is yours now${reason === 'taken_from' ? `, and no longer ${read.other}'s` : ''}. Eva is silent there.`;
		case 'handBack':
			return reason === 'unchanged' ? `${it} is over already.` : `${it} is handed back: Eva goes on.`;
		case 'close':
			return reason === 'unchanged' ? `${it} is over already.` : `${it} is closed.`;
		case 'note':
			return `Kept among colleagues, not sent. To send it to ${read.client ?? 'the client'}: /answer and the text.`;
		case 'feedback':
			return `Noted for ${it}.`;
		case 'answer':
			if (reason === 'taken')
				return `It goes to ${read.client ?? 'the client'}. ${it} is yours now: /back or /close ends that.`;
			return reason === 'held_by_other'
				? `It goes to ${read.client ?? 'the client'}. ${read.other} has ${it}.`
				: null;
		default:
			return null;
	}
}

function refusal({ reason, other, newerId }: Read, it: string): string {
	switch (reason) {
		case 'stranger':
			return 'Only members of the team answer clients here. An admin can add your id to a member.';
		case 'anonymous':
			return 'Nobody can tell who wrote that. Write under your own name.';
		case 'not_found':
			return `There is no ${it} in this chat.`;
		case 'erased':
			return 'The data of this client was erased.';
		case 'over':
			return `${it} is over${other === null ? '' : ` (${other})`}. /take takes it again; then send your answer once more.`;
		case 'moved':
			return `${it} is over, and the conversation goes on as #${newerId ?? '?'}: answer there.`;
		case 'held_by_other':
			return `${other} has ${it}. /take takes it over; then send your answer once more.`;
		case 'edited':
			return 'What was sent is not changed by an edit. Send what is to be corrected as a new answer.';
		case 'empty':
			return 'Only text and files can be sent on.';
		case 'unknown_command':
			return `There is no such command.\n${help}`;
		case 'needs_reply':
			return 'Reply to a card with it, or put its number behind it: /take 12.';
		case 'no_decision':
			return `No decision is known of ${it}.`;
		case 'no_chat':
			return 'The chat of this client is not known any more.';
		case 'send_stop':
			return other === 'blocked'
				? 'The client has blocked us. They have to write first, or be reached another way.'
				: 'The client has asked not to be written to. They have to write that they want it again, or be reached another way.';
		case 'ambiguous':
			return `Your reply is to ${it}, and the number in it names #${newerId ?? '?'}. Write it without the number, or without the reply.`;
		case 'unknown_card':
			return 'I do not know which conversation that message is of. Put the number of its card in front: /answer 12 and your text.';
		case 'several_accounts':
			return 'Several bots have a desk in this chat, and nobody can tell which of them that was for. Let the messages come by Channel Trigger, or delete the desks of the others.';
		default:
			return 'It cannot be done.';
	}
}
