import type { Check } from '../../shared';
import type { ClockQuestion, Finding, ProbeContext } from './probe';

export type { BackupState, CheckSecrets, CredentialKind, Finding, Probe, ProbeContext } from './probe';

/** Looks at the target of a check once. What is needed for its kind is loaded on first use. */
export async function lookAt(check: Check, context: ProbeContext): Promise<Finding> {
	switch (check.type) {
		case 'http':
			return await (await import('./network.js')).probeHttp(check, context);
		case 'tcp':
			return await (await import('./network.js')).probeTcp(check, context);
		case 'dns':
			return await (await import('./network.js')).probeDns(check, context);
		case 'certificate':
			return await (await import('./network.js')).probeCertificate(check, context);
		case 'postgres':
			return await (await import('./services.js')).probePostgres(check, context);
		case 'redis':
			return await (await import('./services.js')).probeRedis(check, context);
		case 'supabase':
			return await (await import('./services.js')).probeSupabase(check, context);
		case 'n8n':
			return await (await import('./services.js')).probeN8n(check, context);
		case 'engine':
			return await (await import('./services.js')).probeEngine(check, context);
		case 'container':
			return await (await import('./services.js')).probeContainer(check, context);
		case 'host':
			return await (await import('./services.js')).probeHost(check, context);
		case 'backup':
			return await (await import('./services.js')).probeBackup(check, context);
	}
}

/**
 * So much the clocks of the servers of these checks are ahead of the one here, in milliseconds; 0 where that one is right,
 * undefined where it is not known.
 *
 * @throws the reason of the signal when that is cancelled
 */
export async function clockAhead(
	question: ClockQuestion,
	context: ProbeContext,
): Promise<number | undefined> {
	return await (await import('./network.js')).clockAhead(question, context);
}
