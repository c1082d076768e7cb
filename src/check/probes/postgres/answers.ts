import type { CheckOf } from '../../../shared';
import { found, oneLine } from '../finding';
import type { Finding } from '../probe';
import { ServiceFault } from '../service/reasons';
import { exceeded, judge, percent } from '../service/thresholds';

/** The first answers whether it works at all; every role may ask both. */
export const queries = {
	standby: 'SELECT pg_is_in_recovery()',
	// The kind of a backend is hidden from roles that may not see it; those without a database are no clients.
	connections: `SELECT count(*), current_setting('max_connections') FROM pg_stat_activity WHERE backend_type = 'client backend' OR (backend_type IS NULL AND datid IS NOT NULL)`,
};

export interface Answers {
	standby: boolean;
	/** Undefined when the server did not say. */
	connections: { taken: number; most: number } | undefined;
	latencyMs: number;
}

/** @param name the server in a sentence */
export function judgeAnswers(
	name: string,
	{ connections: limits }: CheckOf<'postgres'>,
	{ standby, connections, latencyMs }: Answers,
): Finding {
	const role = standby ? ' (a standby, read-only)' : '';
	if (connections === undefined) {
		if (limits !== undefined)
			throw new ServiceFault(
				'not_authorised',
				`${name} answers${role}, but not how many of its connections are taken. Permit the role to read pg_stat_activity.`,
				'unknown',
			);
		return found('ok', 'ok', `${name} answers${role}.`, latencyMs, { standby });
	}
	const { taken, most } = connections;
	const takenPercent = percent(taken, most);
	const level = judge(takenPercent, limits);
	const share = `${taken} of ${most} connections are taken (${takenPercent} %${exceeded(level, limits)})`;
	return found(level, level === 'ok' ? 'ok' : 'connections', `${name} answers${role}; ${share}.`, latencyMs, {
		standby,
		connections: taken,
		maxConnections: most,
		connectionsPercent: takenPercent,
	});
}

/** What the server's own refusals mean; by their code, or by their words where psql gives no code. */
const refusals = [
	{
		code: '57P03',
		words: /the database system is/i,
		reason: 'not_accepting',
		means: 'takes no connections now',
	},
	{
		code: '53300',
		words: /too many (clients|connections)|remaining connection slots/i,
		reason: 'too_many_connections',
		means: 'takes no more connections',
	},
	{
		code: '28P01',
		words: /password authentication failed/i,
		reason: 'wrong_password',
		means: 'refuses the password',
	},
	{
		code: '28000',
		words: /no pg_hba\.conf entry|authentication failed|role .* does not exist|not permitted to log in/i,
		reason: 'not_authorised',
		means: 'does not let the role in',
	},
	{
		code: '3D000',
		words: /database .* does not exist/i,
		reason: 'database_missing',
		means: 'has no such database',
	},
	{ code: '42501', words: /permission denied/i, reason: 'not_authorised', means: 'does not let the role in' },
] as const;

/** Of an error that the server itself has sent. */
export function refusal(name: string, said: string, code?: string): ServiceFault {
	const known = refusals.find((entry) => (code === undefined ? entry.words.test(said) : entry.code === code));
	const text = oneLine(said, 250);
	return known === undefined
		? new ServiceFault('database_error', `${name} answers with an error: ${text}`)
		: new ServiceFault(known.reason, `${name} ${known.means}: ${text}`);
}
