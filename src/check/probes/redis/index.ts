import type { CheckOf } from '../../../shared';
import { Fault } from '../finding';
import { endpoint } from '../network/faults';
import type { Finding, Probe, ProbeContext } from '../probe';
import { credentialFor } from '../service/credential';
import { guarded } from '../service/guard';
import { transportFault } from '../service/transport';
import { judgeAnswers, refusal } from './answers';
import { askInContainer } from './in-container';
import { RedisRefusal, RedisWire } from './wire';

/** Whether a Redis or Valkey server answers, has its data at hand and has memory left. */
export const probeRedis: Probe<'redis'> = guarded(nameOf, (check, context, stage) =>
	check.host === undefined
		? askInContainer(check, check.container ?? '', context, stage)
		: askOverNetwork(check, check.host, context),
);

function nameOf({ host, port, container }: CheckOf<'redis'>): string {
	return host === undefined ? `Redis in "${container}"` : `Redis at ${placeOf(host, port)}`;
}

const placeOf = (host: string, port: number): string => (host.startsWith('/') ? host : endpoint(host, port));

async function askOverNetwork(
	check: CheckOf<'redis'>,
	host: string,
	{ secrets, unusable, signal }: ProbeContext,
): Promise<Finding> {
	const { port, tls, authenticated } = check;
	const at = placeOf(host, port);
	const name = `Redis at ${at}`;
	const credential = authenticated
		? credentialFor('Redis', { host, port }, secrets.redis, unusable?.redis)
		: undefined;
	// A password goes over no less than its credential says.
	const secured = credential?.tls ?? (tls ? 'verify-full' : undefined);
	let wire: RedisWire | undefined;
	try {
		const startedAt = performance.now();
		wire = await RedisWire.open({ host, port, tls: secured }, name, signal);
		if (credential !== undefined) {
			const user = credential.user === undefined || credential.user === '' ? [] : [credential.user];
			await wire.ask('AUTH', ...user, credential.password);
		}
		await wire.ask('PING');
		const latencyMs = performance.now() - startedAt;
		const info = await wire.ask('INFO', 'memory').catch((thrown: unknown) => {
			if (thrown instanceof RedisRefusal) return undefined;
			throw thrown;
		});
		return judgeAnswers(name, check, info, latencyMs);
	} catch (thrown) {
		if (thrown instanceof Fault) throw thrown;
		if (thrown instanceof RedisRefusal)
			throw refusal(name, thrown.message, 'Give the node a Redis credential for it and say "authenticated".');
		throw transportFault(thrown, host, at);
	} finally {
		wire?.close();
	}
}
