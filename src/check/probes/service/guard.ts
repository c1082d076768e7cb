import { DockerError } from '../../../docker';
import { errorMessage, maskSecrets, type CheckOf, type CheckType } from '../../../shared';
import { Fault, found } from '../finding';
import { ended, untilEnd } from '../network/faults';
import type { CheckSecrets, Finding, Probe, ProbeContext } from '../probe';
import { engineFault } from './engine';

/** What a check is waiting for. */
export interface Stage {
	/** The fault if the time is over now. */
	late: () => Fault;
}

/** A look at a target; what is wrong with it may be thrown. */
export type Look<Type extends CheckType> = (
	check: CheckOf<Type>,
	context: ProbeContext,
	stage: Stage,
) => Promise<Finding>;

/** A secret of fewer characters would be found in words that hold none. */
const shortestSecret = 4;

/**
 * Makes a probe of a look: it ends with the signal whatever the look still waits for, everything thrown becomes a finding,
 * and no secret stands in it.
 *
 * @param nameOf the target in a sentence, such as `PostgreSQL at db:5432`
 */
export function guarded<Type extends CheckType>(
	nameOf: (check: CheckOf<Type>, context: ProbeContext) => string,
	look: Look<Type>,
): Probe<Type> {
	return async (check, context) => {
		const { signal, secrets } = context;
		const stage: Stage = {
			late: () =>
				ended(
					signal,
					'timeout',
					`${nameOf(check, context)} did not answer within ${check.timeoutSeconds} s.`,
				),
		};
		try {
			const finding = await untilEnd<Finding>(
				signal,
				() => stage.late(),
				(resolve, reject) => {
					look(check, context, stage).then(resolve, reject);
					return undefined;
				},
			);
			return withoutSecrets(finding, secrets);
		} catch (thrown) {
			return withoutSecrets(findingOf(thrown), secrets);
		}
	};
}

function findingOf(thrown: unknown): Finding {
	if (thrown instanceof Fault) return thrown.finding();
	if (thrown instanceof DockerError) return engineFault(thrown).finding();
	const message = `The check itself failed: ${maskSecrets(errorMessage(thrown))}`;
	return found('unknown', 'internal', message, null, {});
}

/** Servers and proxies may repeat what they were sent. */
function withoutSecrets(finding: Finding, secrets: CheckSecrets): Finding {
	const { header, postgres, redis, supabase, n8n } = secrets;
	const hidden = [header?.value, postgres?.password, redis?.password, supabase?.key, n8n?.apiKey];
	const message = hidden.reduce<string>(
		(text, secret) =>
			secret !== undefined && secret.length >= shortestSecret ? text.replaceAll(secret, '***') : text,
		finding.message,
	);
	return { ...finding, message };
}
