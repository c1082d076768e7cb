const hidden = '***';

/**
 * Text of a foreign program with what looks like a secret replaced: passwords in addresses, and values after words
 * such as `password`, `token` or `key`. It is a net, not a proof: what a program prints unmarked cannot be told apart.
 * Repetitions have an end, so that a megabyte without a space takes no longer than one with.
 */
export function maskSecrets(text: string): string {
	return (
		text
			.replace(/([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:@/]*:)[^\s@/]+@/gi, `$1${hidden}@`)
			.replace(
				/((?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|(?:bearer\s+|basic\s+)?[^\s,;]+)/gi,
				`$1${hidden}`,
			)
			.replace(
				/(--?[a-z-]{0,40}(?:password|passwd|passphrase|secret|token)\s+)("[^"]*"|'[^']*'|[^\s,;]+)/gi,
				`$1${hidden}`,
			)
			// Tokens of Telegram bots, which stand in its addresses too, and of Meta.
			.replace(/(?<!\d)\d{6,12}:[\w-]{30,50}/g, hidden)
			.replace(/\bEAA[A-Za-z0-9]{30,500}/g, hidden)
			.replace(/\bsb_(secret|publishable)_[\w-]{1,200}/g, hidden)
			.replace(/\beyJ[\w-]{5,4000}\.[\w-]{5,4000}\.[\w-]{0,4000}/g, hidden)
			.replace(/\bAGE-SECRET-KEY-1[A-Z0-9]+/g, hidden)
	);
}
