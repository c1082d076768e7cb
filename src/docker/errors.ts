import { OpsdeskError } from '../shared';

/** Stable codes of everything that can go wrong between this package and a container engine. */
export type DockerErrorCode =
	// The credential
	| 'invalid_connection'
	| 'not_permitted'
	// The way to the engine
	| 'socket_missing'
	| 'socket_forbidden'
	| 'not_a_socket'
	| 'engine_stopped'
	| 'host_unknown'
	| 'unreachable'
	| 'connection_lost'
	| 'tls_failed'
	| 'timeout'
	| 'cancelled'
	| 'proxy_refused'
	| 'api_version'
	// The answer
	| 'answer_cut'
	| 'answer_too_large'
	| 'not_an_engine'
	| 'engine_error'
	// The request
	| 'invalid_reference'
	| 'invalid_input'
	| 'not_found'
	| 'ambiguous'
	| 'conflict'
	| 'container_protected'
	| 'update_unfinished'
	| 'update_rolled_back'
	| 'project_incomplete'
	| 'logs_unavailable'
	| 'no_health_check'
	// A registry
	| 'registry_refused'
	| 'registry_limit'
	| 'registry_unreachable'
	| 'disk_full'
	// Helpers and programs in containers
	| 'exec_unfinished'
	| 'not_running'
	| 'did_not_stay_up'
	| 'program_failed'
	| 'no_helper_image'
	| 'image_missing'
	| 'path_missing'
	| 'path_is_link'
	| 'not_a_file'
	| 'read_only'
	| 'mount_failed'
	| 'helper_lost';

export class DockerError extends OpsdeskError<DockerErrorCode> {
	override readonly name = 'DockerError';
}
