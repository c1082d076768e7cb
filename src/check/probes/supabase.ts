import { z } from 'zod';

import { n8nAddress, type CheckOf } from '../../shared';
import { found, oneLine } from './finding';
import type { Finding, Probe, ProbeContext } from './probe';
import { guarded } from './service/guard';
import { ask, keyHeader, type Answer } from './service/http';
import { misconfigured, noCredential, type ServiceReason } from './service/reasons';

const projectPaused = 540;

/** As PostgREST and the gateway in front of it write it. */
const refusalBody = z.object({ code: z.string().catch(''), message: z.string().catch('') });

/** Whether the REST interface of a Supabase project answers, down to its database. */
export const probeSupabase: Probe<'supabase'> = guarded(nameOf, async (check, context) => {
	const name = nameOf(check, context);
	const { url, key } = accessOf(check, context);
	const { table } = check;
	const query = table === undefined ? '' : `${encodeURIComponent(table)}?limit=1`;
	const answer = await ask({
		url: `${url}/rest/v1/${query}`,
		// Keys of the old kind are tokens themselves, which a gateway of one's own may want there.
		headers: {
			...keyHeader('apikey', key, 'Supabase'),
			...(key.split('.').length === 3 && { authorization: `Bearer ${key}` }),
		},
		name,
		signal: context.signal,
		// The description of the whole interface may be megabytes.
		unread: (status) => status < 300,
	});
	return judge(name, table, answer);
});

function nameOf({ url }: CheckOf<'supabase'>, { secrets }: ProbeContext): string {
	const shown = n8nAddress(url ?? secrets.supabase?.url ?? '');
	return shown === undefined ? 'Supabase' : `Supabase at ${new URL(shown).host}`;
}

/** The key goes to the address of its own credential and nowhere else. */
function accessOf(
	{ url }: CheckOf<'supabase'>,
	{ secrets, unusable }: ProbeContext,
): { url: string; key: string } {
	const { supabase } = secrets;
	if (supabase === undefined || supabase.key === '')
		throw noCredential(
			'The check needs the key of a Supabase credential. Give the node one.',
			unusable?.supabase,
		);
	const own = n8nAddress(supabase.url);
	if (own === undefined)
		throw misconfigured(
			'The address in the Supabase credential is no web address, or holds a password. Correct it.',
		);
	if (url !== undefined && n8nAddress(url) !== own)
		throw misconfigured(
			`The Supabase credential is for ${new URL(own).host}, and the check is for another address. A key is sent to the address of its credential only: leave "url" out, or write the same address in both.`,
		);
	return { url: own, key: supabase.key };
}

function judge(name: string, table: string | undefined, answer: Answer): Finding {
	const { status, body, isJson, latencyMs } = answer;
	const details = { status, ...(table !== undefined && { table }) };
	if (status >= 200 && status < 300 && isJson) {
		const what = table === undefined ? 'its REST interface' : `the table "${table}"`;
		return found('ok', 'ok', `${name} answers for ${what}.`, latencyMs, details);
	}
	return found('critical', ...refusalOf(name, table, status, body), latencyMs, details);
}

function refusalOf(
	name: string,
	table: string | undefined,
	status: number,
	body: unknown,
): [reason: ServiceReason, message: string] {
	const { code, message } = refusalBody.safeParse(body).data ?? { code: '', message: '' };
	const said = oneLine([code, message].filter(Boolean).join(': '), 250) || `HTTP ${status}`;
	if (status < 300) return ['unexpected_answer', `${name} does not answer as Supabase does: no JSON.`];
	if (status < 400)
		return ['redirect_refused', `${name} leads elsewhere (HTTP ${status}), where no key is sent to.`];
	if (status === projectPaused) return ['paused', `${name} is paused. Restore the project in its dashboard.`];
	// Without rights an anonymous role is answered 401 as well, which says nothing against the key.
	if (code === '42501') return ['not_authorised', `${name} does not let the key read "${table}": ${said}`];
	if (status === 401) return ['wrong_key', `${name} refuses the key: ${said}`];
	if (status === 403) return ['not_authorised', `${name} does not permit the key to ask: ${said}`];
	if (table !== undefined && (status === 404 || code === '42P01'))
		return ['table_missing', `${name} has no table "${table}": ${said}`];
	if (/^PGRST00[0-3]$/.test(code))
		return ['database_unreachable', `${name} does not reach its database: ${said}`];
	return ['status', `${name} answers with an error (HTTP ${status}): ${said}`];
}
