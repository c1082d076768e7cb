/** What an operator wants with a message: a command, a note for colleagues, or an answer. */
export interface Wish {
	intent:
		| 'answer'
		| 'take'
		| 'handBack'
		| 'close'
		| 'note'
		| 'feedback'
		| 'help'
		| 'unknown'
		| 'empty'
		| 'forOthers';
	/** The handover that is named in place of a reply: `/take 12`, `/answer 12 …`. */
	number?: number;
	/** What is sent to the client, or noted. */
	text: string;
	/** The same with the number in front, where that may be a word of it: `/answer 2025 was a good year`. */
	numberedText?: string;
	feedback?: Feedback;
}

/** What an operator says of Eva's judgement. */
export interface Feedback {
	isSpam?: boolean;
	category?: 'REQUEST' | 'SPAM' | 'GRATITUDE' | 'CLARIFICATION';
}

const named = /^#?(\d{1,15})(?:\s+([\s\S]*))?$/;
const command = /^\/([a-z]+)(?:@(\w+))?(?:\s+([\s\S]*))?$/i;
const note = /^(?:\/\/|note:|заметка:)/i;
const byWord: Readonly<Record<string, Wish['intent']>> = {
	take: 'take',
	back: 'handBack',
	close: 'close',
	help: 'help',
};
const categories = ['REQUEST', 'SPAM', 'GRATITUDE', 'CLARIFICATION'] as const;

/**
 * @param hasFiles whether something beside the text can be sent on
 * @param botName how our bot is called, where that is known: `/close@another_bot` is for another one
 */
export function readWish(text: string, hasFiles: boolean, botName?: string): Wish {
	const trimmed = text.trim();
	if (note.test(trimmed)) return { intent: 'note', text: trimmed.replace(note, '').trim() };
	const [, word, called, rest = ''] = command.exec(trimmed) ?? [];
	if (called !== undefined && botName !== undefined && called.toLowerCase() !== botName.toLowerCase())
		return { intent: 'forOthers', text: '' };
	if (word?.toLowerCase() === 'answer') return answered(rest.trim(), hasFiles);
	if (word !== undefined) return { text: '', ...commanded(word.toLowerCase(), rest.trim()) };
	return { intent: trimmed === '' && !hasFiles ? 'empty' : 'answer', text: trimmed };
}

/** With the number of a handover in front, or as a reply. */
function answered(rest: string, hasFiles: boolean): Wish {
	const [, number, said = ''] = named.exec(rest) ?? [];
	const text = number === undefined ? rest : said.trim();
	const which = number === undefined ? {} : { number: Number(number), numberedText: rest };
	return { intent: text === '' && !hasFiles ? 'empty' : 'answer', ...which, text };
}

function commanded(word: string, rest: string): Omit<Wish, 'text'> {
	const number = named.exec(rest)?.[1];
	const which = number === undefined ? {} : { number: Number(number) };
	const intent = byWord[word];
	if (intent !== undefined) return { intent, ...which };
	if (word === 'spam' || word === 'notspam')
		return { intent: 'feedback', ...which, feedback: { isSpam: word === 'spam' } };
	const category = categories.find((one) => one === rest.toUpperCase());
	if (word === 'category' && category !== undefined) return { intent: 'feedback', feedback: { category } };
	return { intent: 'unknown' };
}
