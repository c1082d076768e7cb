import { formatBytes, maskSecrets, type CheckOf } from '../../../shared';
import { found, oneLine } from '../finding';
import type { Finding } from '../probe';
import { ServiceFault } from '../service/reasons';
import { exceeded, judge, percent } from '../service/thresholds';

/**
 * @param name the server in a sentence
 * @param info the answer to INFO; undefined when the server refused it
 */
export function judgeAnswers(
	name: string,
	{ memory: limits }: CheckOf<'redis'>,
	info: string | undefined,
	latencyMs: number,
): Finding {
	const figures = new Map(
		[...(info ?? '').matchAll(/^(\w+):(\S+)\r?$/gm)].map(([, key, value]) => [key, value]),
	);
	const [used, limit, machine] = ['used_memory', 'maxmemory', 'total_system_memory'].map((key) =>
		Number(figures.get(key) ?? Number.NaN),
	);
	// Without a limit of its own it may take all memory there is.
	const most = limit === 0 ? machine : limit;
	if (used === undefined || most === undefined || !(used >= 0) || !(most > 0)) {
		if (limits === undefined) return found('ok', 'ok', `${name} answers.`, latencyMs, {});
		throw new ServiceFault(
			'not_authorised',
			`${name} answers, but does not say how much memory it takes. Permit the user the command INFO.`,
			'unknown',
		);
	}
	const memoryPercent = percent(used, most);
	const level = judge(memoryPercent, limits);
	const of = `${formatBytes(used)} of ${formatBytes(most)}${limit === 0 ? ' of the machine' : ''}`;
	return found(
		level,
		level === 'ok' ? 'ok' : 'memory',
		`${name} answers; ${of} memory is taken (${memoryPercent} %${exceeded(level, limits)}).`,
		latencyMs,
		{ usedBytes: used, maxBytes: most, memoryPercent, limited: limit !== 0 },
	);
}

/** What the server's own refusals mean, by their first words. */
const refusals = [
	{ words: /^LOADING\b/, reason: 'loading', means: 'still reads its data and takes no commands' },
	{
		words: /^WRONGPASS\b|invalid password|without any password configured|no password is set/i,
		reason: 'wrong_password',
		means: 'refuses the password',
	},
	{ words: /max number of clients/i, reason: 'too_many_connections', means: 'takes no more connections' },
	{ words: /^NOPERM\b|^DENIED\b/, reason: 'not_authorised', means: 'does not permit it' },
] as const;

/** @param advice what to do where it asks for a password */
export function refusal(name: string, said: string, advice: string): ServiceFault {
	const text = oneLine(maskSecrets(said), 250);
	if (/^NOAUTH\b/.test(said))
		return new ServiceFault('password_needed', `${name} asks for a password. ${advice}`, 'unknown');
	const known = refusals.find(({ words }) => words.test(said));
	return known === undefined
		? new ServiceFault('database_error', `${name} answers with an error: ${text}`)
		: new ServiceFault(known.reason, `${name} ${known.means}: ${text}`);
}

/** What Redis says in capitals in front of its errors, as `redis-cli` prints them. */
export const isRefusal = (said: string): boolean => /^(?:\(error\) )?[A-Z][A-Z]+ /.test(said);
