import type { FoundLevel } from '../../alert';
import { Fault } from '../finding';
import type { NetworkReason } from '../network/faults';

/**
 * Why a check of a service, of containers or of the machine is not well, beside the codes of the network that it can have
 * too. These codes are stable; alerts, workflows and reports may ask for them. `ok` stands alone.
 */
export type ServiceReason =
	| NetworkReason
	// Databases and programs.
	| 'not_accepting' // it starts, stops or recovers
	| 'loading' // Redis still reads its data
	| 'too_many_connections'
	| 'connections' // more of them are taken than the check permits
	| 'memory' // more of it is taken than the check permits
	| 'password_needed' // it asks for one and none was given
	| 'wrong_password'
	| 'wrong_key'
	| 'not_authorised' // known, but not permitted
	| 'database_missing'
	| 'database_unreachable' // by what stands in front of it
	| 'database_error' // it answers with an error
	| 'table_missing'
	| 'paused' // a project or container
	| 'not_ready'
	| 'failed_executions'
	| 'workflow_missing'
	| 'workflow_inactive' // not published
	| 'not_run' // a workflow, for longer than it should
	| 'unexpected_answer'
	| 'answer_too_large'
	| 'program_missing' // no client in the container
	// Containers.
	| 'unverified' // it runs, and nothing checks its health
	| 'unhealthy'
	| 'starting' // its health is not known yet
	| 'starting_too_long'
	| 'restarting'
	| 'exited'
	| 'dead'
	| 'removing'
	| 'not_started'
	| 'finished' // a job that is done
	| 'unknown_state'
	| 'missing'
	| 'additional'
	| 'not_running' // what was to be asked inside
	| 'engine_unreachable'
	| 'engine_error'
	| 'not_permitted' // by the credential, or by a proxy in front of the engine
	// The machine.
	| 'threshold'
	| 'path_missing'
	| 'not_measurable'
	// Backups.
	| 'no_backups';

export class ServiceFault extends Fault {
	constructor(
		reason: ServiceReason,
		message: string,
		level: FoundLevel = 'critical',
		details: Record<string, unknown> = {},
	) {
		super(reason, message, level, details);
	}
}

/**
 * The fault of a check that has no credential.
 *
 * @param missing what to say when none was selected
 * @param unusable why the selected one cannot be used
 */
export function noCredential(missing: string, unusable: string | undefined): ServiceFault {
	return misconfigured(unusable ?? missing);
}

/** What the check needs and does not have: nothing is found out. */
export function misconfigured(message: string): ServiceFault {
	return new ServiceFault('config', message, 'unknown');
}
