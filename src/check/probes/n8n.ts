import { z } from 'zod';

import { count, formatDuration, intervalMs, n8nAddress, type CheckOf } from '../../shared';
import { found } from './finding';
import type { Finding, Probe, ProbeContext } from './probe';
import { guarded } from './service/guard';
import { ask, keyHeader, type Answer } from './service/http';
import { misconfigured, noCredential, ServiceFault, type ServiceReason } from './service/reasons';
import { exceeded, judge } from './service/thresholds';

type FailureLimits = NonNullable<CheckOf<'n8n'>['failedExecutions']>;

const pageSize = 100;
/** Without a threshold that ends the counting. */
const mostCounted = 1000;

const execution = z.object({
	id: z.union([z.string(), z.number()]).transform(String),
	startedAt: z.string().nullish(),
	stoppedAt: z.string().nullish(),
});
const page = z.object({ data: z.array(execution), nextCursor: z.string().nullish() });
const workflowSchema = z.object({
	name: z.string(),
	active: z.boolean(),
	createdAt: z.string(),
	settings: z.object({ saveDataSuccessExecution: z.string().nullish() }).nullish(),
});

/** Whether n8n answers, reaches its database, and how many executions have failed lately. */
export const probeN8n: Probe<'n8n'> = guarded(nameOf, async (check, context) => {
	const name = nameOf(check);
	const { failedExecutions: limits } = check;
	const base = n8nAddress(check.url);
	if (base === undefined) throw misconfigured('The address of n8n must not hold a user name or password.');
	const { signal } = context;
	const alive = await ask({ url: `${base}/healthz`, headers: {}, name, signal });
	refuseUnless(alive, 'unexpected_answer', `${name} does not say that it is alive`);
	const ready = await ask({ url: `${base}/healthz/readiness`, headers: {}, name, signal });
	refuseUnless(ready, 'not_ready', `${name} is not ready; it may still start, or has lost its database`);
	const { latencyMs } = ready;
	const ran = check.runs && (await judgeRuns(base, name, check.runs, context, latencyMs));
	if (ran !== undefined && (ran.level !== 'ok' || limits === undefined)) return ran;
	if (limits === undefined) return found('ok', 'ok', `${name} is ready.`, latencyMs, {});
	const failed = await countFailed(base, name, limits, context);
	return judgeFailed(name, limits, failed, latencyMs);
});

/** Whether a workflow that should run is published and has run to a good end lately. */
async function judgeRuns(
	base: string,
	name: string,
	{ workflow: id, within }: NonNullable<CheckOf<'n8n'>['runs']>,
	{ secrets, unusable, signal }: ProbeContext,
	latencyMs: number,
): Promise<Finding> {
	const headers = keyHeader('x-n8n-api-key', keyFor(base, secrets.n8n, unusable?.n8n), 'n8n');
	const get = (path: string): Promise<Answer> =>
		ask({ url: `${base}/api/v1/${path}`, headers, name, signal });
	const answer = await get(`workflows/${id}?excludePinnedData=true`);
	const bad = (reason: ServiceReason, message: string): Finding =>
		found('critical', reason, message, latencyMs, { workflow: id });
	if (answer.status === 404) return bad('workflow_missing', `${name} has no workflow ${id}.`);
	const parsed = workflowSchema.safeParse(answered(answer, name, 'show workflows', 'workflow:read'));
	if (!parsed.success) throw unexpected(answer, name, 'show workflows');
	const { name: title, active, createdAt, settings } = parsed.data;
	const what = `The workflow "${title}"`;
	if (!active) return bad('workflow_inactive', `${what} is not published, so it does not run by itself.`);
	if (settings?.saveDataSuccessExecution === 'none')
		throw misconfigured(`${what} keeps no successful executions, so nobody can tell when it has run last.`);
	const runs = await get(`executions?workflowId=${id}&status=success&limit=1`);
	const [last] = pageOf(runs, name).data;
	const endedAt = last?.stoppedAt ?? last?.startedAt;
	const ageMs = (runs.date || Date.now()) - Date.parse(endedAt ?? createdAt);
	const details = { workflow: id, lastRunAt: endedAt ?? null };
	const ago =
		endedAt === undefined
			? 'has never run to a good end'
			: `last ran to a good end ${formatDuration(Math.max(0, ageMs))} ago`;
	if (ageMs <= intervalMs(within)) return found('ok', 'ok', `${what} ${ago}.`, latencyMs, details);
	return found('critical', 'not_run', `${what} ${ago}; it should every ${within}.`, latencyMs, details);
}

function nameOf({ url }: CheckOf<'n8n'>): string {
	return `n8n at ${new URL(url).host}`;
}

function refuseUnless({ status }: Answer, reason: 'unexpected_answer' | 'not_ready', message: string): void {
	if (status !== 200) throw new ServiceFault(reason, `${message} (HTTP ${status}).`, 'critical', { status });
}

function judgeFailed(name: string, limits: FailureLimits, failed: Failed, latencyMs: number): Finding {
	const level = judge(failed.count, limits);
	const since = `within ${count(limits.withinMinutes, 'minute')}`;
	const amount = `${failed.isMore ? 'at least ' : ''}${count(failed.count, 'failed execution')}`;
	return found(
		level,
		level === 'ok' ? 'ok' : 'failed_executions',
		`${name} is ready; ${amount} ${since}${exceeded(level, limits, '')}.`,
		latencyMs,
		{ failed: failed.count, withinMinutes: limits.withinMinutes },
	);
}

interface Failed {
	count: number;
	/** Whether the counting was ended before the end. */
	isMore: boolean;
}

/** Counts until the worse threshold is passed. */
async function countFailed(
	base: string,
	name: string,
	limits: FailureLimits,
	{ secrets, unusable, signal }: ProbeContext,
): Promise<Failed> {
	const headers = keyHeader('x-n8n-api-key', keyFor(base, secrets.n8n, unusable?.n8n), 'n8n');
	const enough = Math.min(mostCounted, Math.floor(limits.critical ?? limits.warning ?? mostCounted) + 1);
	const ids = new Set<string>();
	// Older versions count crashed ones among the others and know no such status.
	for (const status of ['error', 'crashed'] as const) {
		for (let cursor = ''; ids.size < enough;) {
			const query = new URLSearchParams({
				status,
				limit: String(pageSize),
				...(cursor !== '' && { cursor }),
			});
			const answer = await ask({ url: `${base}/api/v1/executions?${query}`, headers, name, signal });
			if (status === 'crashed' && answer.status === 400) break;
			const { data, nextCursor } = pageOf(answer, name);
			const oldest = (answer.date || Date.now()) - limits.withinMinutes * 60_000;
			// They come newest first.
			const recent = data.filter(
				({ stoppedAt, startedAt }) => Date.parse(stoppedAt ?? startedAt ?? '') >= oldest,
			);
			for (const { id } of recent) ids.add(id);
			if (recent.length === 0 || !nextCursor || nextCursor === cursor) break;
			cursor = nextCursor;
		}
	}
	return { count: ids.size, isMore: ids.size >= enough };
}

/** The key goes to the address of its own credential and nowhere else. */
function keyFor(
	base: string,
	credential: { url: string; apiKey: string } | undefined,
	unusable: string | undefined,
): string {
	if (credential === undefined || credential.apiKey === '')
		throw noCredential(
			'Failed executions are asked for with the key of an n8n credential. Give the node one.',
			unusable,
		);
	if (n8nAddress(credential.url) === base) return credential.apiKey;
	throw misconfigured(
		'The n8n credential is for another address than the check. A key is sent to the address of its credential only: write the same address in both.',
	);
}

function pageOf(answer: Answer, name: string): z.infer<typeof page> {
	const parsed = page.safeParse(answered(answer, name, 'list executions', 'execution:list'));
	if (parsed.success) return parsed.data;
	throw unexpected(answer, name, 'list executions');
}

/** @param what its public API does, and the scope of the key that is needed for it */
function answered({ status, body }: Answer, name: string, what: string, scope: string): unknown {
	if (status === 401)
		throw new ServiceFault(
			'wrong_key',
			`${name} is ready, but refuses the key of the credential.`,
			'unknown',
		);
	if (status === 403)
		throw new ServiceFault(
			'not_authorised',
			`${name} is ready, but the key may not ${what}. Give it the scope ${scope}.`,
			'unknown',
		);
	return status === 200 ? body : undefined;
}

function unexpected({ status }: Answer, name: string, what: string): ServiceFault {
	return new ServiceFault(
		'unexpected_answer',
		`${name} is ready, but its public API does not ${what} (HTTP ${status}). See whether it is switched off.`,
		'unknown',
		{ status },
	);
}
