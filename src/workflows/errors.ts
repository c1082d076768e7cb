import { OpsdeskError } from '../shared';

/** Stable codes of everything that can go wrong with workflow files and their import. */
export type WorkflowErrorCode =
	| 'unreadable_file'
	| 'invalid_workflow'
	| 'unknown_workflow'
	| 'circular_references'
	| 'invalid_url'
	| 'invalid_key'
	| 'unreachable'
	| 'timeout'
	| 'unauthorised'
	| 'forbidden'
	| 'not_an_n8n'
	| 'n8n_refused'
	| 'unknown_credential'
	| 'ambiguous';

export class WorkflowError extends OpsdeskError<WorkflowErrorCode> {
	override readonly name = 'WorkflowError';
}
