import { checkSchema, type CheckOf } from '../../../../src/shared/site/checks';
import { probeDns, probeHttp, probeTcp } from '../../../../src/check/probes/network';
import type { CheckSecrets, Finding } from '../../../../src/check/probes/probe';

/** A check of an address as its definition is read. */
export function httpCheck(url: string, more: object = {}): CheckOf<'http'> {
	const check = checkSchema.parse({ type: 'http', name: 'Check', url, ...more });
	if (check.type !== 'http') throw new Error('not a check of an address');
	return check;
}

export interface Limits {
	timeoutMs?: number;
	secrets?: CheckSecrets;
	signal?: AbortSignal;
}

export async function askHttp(
	url: string,
	more: object = {},
	{ timeoutMs = 5000, secrets = {}, signal = AbortSignal.timeout(timeoutMs) }: Limits = {},
): Promise<Finding> {
	return await probeHttp(httpCheck(url, more), { signal, secrets });
}

export async function askTcp(host: string, port: number, timeoutMs = 3000): Promise<Finding> {
	const check = checkSchema.parse({ type: 'tcp', name: 'Check', host, port });
	if (check.type !== 'tcp') throw new Error('not a check of a port');
	return await probeTcp(check, { signal: AbortSignal.timeout(timeoutMs), secrets: {} });
}

export async function askDns(host: string, more: object, timeoutMs = 3000): Promise<Finding> {
	const check = checkSchema.parse({ type: 'dns', name: 'Check', host, ...more });
	if (check.type !== 'dns') throw new Error('not a check of a name');
	return await probeDns(check, { signal: AbortSignal.timeout(timeoutMs), secrets: {} });
}
