/** Words by which people ask for no more messages, as carriers and Twilio know them, and in Russian. */
const stopWords = [
	'stop',
	'stopall',
	'unsubscribe',
	'cancel',
	'end',
	'quit',
	'optout',
	'revoke',
	'стоп',
	'отписаться',
];
const startWords = ['start', 'unstop', 'yes', 'старт'];

/**
 * Whether a message as a whole says "no more messages", or takes that back; a word within a sentence says neither.
 * Source: twilio.com/docs/messaging/tutorials/advanced-opt-out.
 */
export function optOutWord(text: string | undefined): 'stop' | 'start' | undefined {
	const word = (text ?? '')
		.trim()
		.toLowerCase()
		.replace(/[.!]+$/, '')
		.replace(/^opt[ -]out$/, 'optout');
	if (stopWords.includes(word)) return 'stop';
	return startWords.includes(word) ? 'start' : undefined;
}
