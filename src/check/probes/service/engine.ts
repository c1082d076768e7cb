import { DockerError, type DockerErrorCode, type EngineConnection } from '../../../docker';
import type { ProbeContext } from '../probe';
import { noCredential, ServiceFault, type ServiceReason } from './reasons';

/** @throws ServiceFault `config` where no engine was given */
export function engineOf(context: ProbeContext): EngineConnection {
	if (context.engine !== undefined) return context.engine;
	throw noCredential(
		'The check needs the container engine, and there is no Docker credential. Give the node one.',
		context.unusable?.docker,
	);
}

/** What is not the way to the engine; everything else means that the engine could not be asked. */
const reasons: Partial<Record<DockerErrorCode, ServiceReason>> = {
	not_permitted: 'not_permitted',
	proxy_refused: 'not_permitted',
	invalid_connection: 'config',
	invalid_reference: 'config',
	invalid_input: 'config',
	ambiguous: 'config',
	path_missing: 'path_missing',
	path_is_link: 'path_missing',
	not_found: 'engine_error',
	conflict: 'engine_error',
	engine_error: 'engine_error',
	exec_unfinished: 'engine_error',
	program_failed: 'engine_error',
	no_helper_image: 'engine_error',
	image_missing: 'engine_error',
	mount_failed: 'engine_error',
	helper_lost: 'engine_error',
	disk_full: 'engine_error',
};

/** Whatever keeps the engine from telling says nothing of the target: it is unknown, never a failure. */
export function engineFault(thrown: DockerError): ServiceFault {
	const reason = reasons[thrown.code] ?? 'engine_unreachable';
	return new ServiceFault(reason, `${thrown.message} ${thrown.remedy}`, 'unknown');
}

/** The fault of an engine that says nothing until the time of the check is over. */
export function engineSilent(timeoutSeconds: number): ServiceFault {
	return new ServiceFault(
		'engine_unreachable',
		`The container engine did not answer within ${timeoutSeconds} s. See whether it, or the disk of its host, hangs.`,
		'unknown',
	);
}

/** The fault of a container in which something was to be asked, where that is one; else what was thrown. */
export function insideFault(thrown: unknown, name: string): unknown {
	if (!(thrown instanceof DockerError)) return thrown;
	if (thrown.code === 'not_found') return new ServiceFault('missing', `There is no container "${name}".`);
	if (thrown.code === 'not_running') return new ServiceFault('not_running', thrown.message);
	return thrown;
}
