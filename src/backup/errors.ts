import { OpsdeskError } from '../shared';

/** Stable codes of everything that can go wrong with a backup or a restore. */
export type BackupErrorCode =
	// The archive
	| 'archive_cut'
	| 'archive_damaged'
	| 'archive_hostile'
	// The keys of encrypted backups
	| 'key_missing'
	| 'key_invalid'
	| 'wrong_key'
	// A source
	| 'source_missing'
	| 'source_contains_backups'
	| 'source_unreadable'
	| 'dump_failed'
	| 'encryption_required'
	| 'n8n_key_missing'
	| 'n8n_refused'
	| 'n8n_unreachable'
	// Containers that are kept quiet
	| 'container_protected'
	| 'container_unsuitable'
	| 'container_busy'
	| 'container_not_quiet'
	| 'container_not_started'
	| 'hook_failed'
	| 'label_invalid'
	| 'journal_unreadable'
	| 'state_missing'
	// A destination
	| 'destination_full'
	| 'destination_missing'
	| 'destination_refused'
	| 'destination_unknown'
	| 'destination_unreachable'
	| 'upload_damaged'
	// A set
	| 'locked'
	| 'lock_lost'
	| 'nothing_stored'
	| 'set_not_found'
	| 'manifest_invalid'
	| 'verification_failed'
	| 'drill_check_failed'
	| 'artefact_unknown'
	| 'path_unknown'
	| 'table_unknown'
	// Retention
	| 'retention_missing'
	| 'retention_invalid'
	| 'prune_refused'
	| 'hold_failed'
	| 'not_suspicious'
	// A target of a restore
	| 'target_not_empty'
	| 'target_missing'
	| 'target_refused'
	| 'target_full'
	| 'target_swap_failed'
	| 'target_in_use'
	| 'restore_rolled_back'
	| 'restore_failed'
	// What restores have kept
	| 'keeping_missing'
	| 'remove_failed'
	// The engine and what runs there
	| 'engine_missing'
	| 'database_refused'
	| 'programs_missing'
	| 'cancelled';

export class BackupError extends OpsdeskError<BackupErrorCode> {
	override readonly name = 'BackupError';
}
