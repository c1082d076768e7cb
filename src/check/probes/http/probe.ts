import { count, formatDuration, type CheckOf } from '../../../shared';
import { asFinding, found, wholeMs } from '../finding';
import { endpoint } from '../network/faults';
import type { Finding, Probe, ProbeContext } from '../probe';
import { readBody } from './body';
import { follow, type Followed, type Trail } from './follow';
import { httpsProblems } from './force-https';
import { judge, statusText, type Problem } from './judge';
import { secretHider, shownAddress } from './shown-address';

/** Asks a web address. Certificates must be those that this machine trusts; HTTP/1.1 is spoken. */
export const probeHttp: Probe<'http'> = async (check, context) => {
	const url = new URL(check.url);
	const trail: Trail = { attempts: 1, redirects: [] };
	const hide = secretHider(url, context.secrets.header?.value);
	const finding = await asFinding(() => look(check, context, trail, hide));
	const { attempts, redirects } = trail;
	return {
		...finding,
		message: hide(finding.message),
		details: {
			...{ url: shownAddress(url), attempts },
			...(redirects.length > 0 && { redirects: redirects.map(hide) }),
			...finding.details,
		},
	};
};

async function look(
	check: CheckOf<'http'>,
	context: ProbeContext,
	trail: Trail,
	hide: (text: string) => string,
): Promise<Finding> {
	const { signal } = context;
	const begun = performance.now();
	const answer = await follow(check, context, trail);
	const { response, socket, address, failed, missing, url } = answer;
	try {
		const isSecure = url.protocol === 'https:';
		const body = await readBody(
			response,
			endpoint(address, Number(url.port) || (isSecure ? 443 : 80)),
			signal,
		);
		const totalMs = performance.now() - begun;
		const { statusCode: status = 0, headers } = response;
		const leftMs = check.timeoutSeconds * 1000 - totalMs;
		const problems = await judge(check, { status, headers, body, isSecure, totalMs, leftMs, hide });
		if (check.forceHttps && !problems.some(({ level }) => level === 'critical'))
			problems.push(...(await httpsProblems(check, context)));
		const details = {
			...{ status, address, bytes: body.receivedBytes },
			...(body.isCut && { isCut: true }),
			...(failed.length > 0 && { failed }),
			...(missing !== undefined && { missing }),
			timings: { ...answer.timings, totalMs: wholeMs(totalMs) },
		};
		const well = `${statusText(status)} after ${formatDuration(totalMs)}.`;
		const { level, reason, message } = summed(problems, well);
		return found(level, reason, `${message}${wayTo(answer, trail)}`, totalMs, details);
	} finally {
		socket.destroy();
	}
}

/** The worst of the problems gives level and reason; all are told. */
function summed(problems: readonly Problem[], well: string): Pick<Finding, 'level' | 'reason' | 'message'> {
	const worst = (['critical', 'unknown', 'warning'] as const)
		.map((level) => problems.find((problem) => problem.level === level))
		.find((problem) => problem !== undefined);
	if (worst === undefined) return { level: 'ok', reason: 'ok', message: well };
	const others = problems.filter((problem) => problem !== worst);
	const message = [worst, ...others].map((problem) => problem.message).join(' ');
	return { level: worst.level, reason: worst.reason, message };
}

/** What a person should know besides: where the answer comes from, and which addresses do not work. */
function wayTo({ url, failed, address }: Followed, { redirects }: Trail): string {
	const way =
		redirects.length === 0
			? ''
			: ` It came from ${shownAddress(url)}, after ${count(redirects.length, 'redirect')}.`;
	if (failed.length === 0) return way;
	const dead = failed.slice(0, 3).map((one) => `${one.address} (${one.outcome})`);
	return `${way} Reached at ${address}, but not at ${dead.join(', ')}.`;
}
