import { OpsdeskError } from '../shared';

/** Stable codes of everything that can go wrong with a backup or a restore. */
export type BackupErrorCode =
	// The archive
	| 'archive_cut'
	| 'archive_damaged'
	| 'archive_hostile'
	// A source
	| 'source_missing'
	| 'source_unreadable'
	| 'dump_failed'
	// A destination
	| 'destination_full'
	| 'destination_missing'
	| 'destination_refused'
	// A set
	| 'locked'
	| 'set_not_found'
	| 'manifest_invalid'
	| 'verification_failed'
	| 'target_not_empty'
	| 'cancelled';

export class BackupError extends OpsdeskError<BackupErrorCode> {
	override readonly name = 'BackupError';
}
