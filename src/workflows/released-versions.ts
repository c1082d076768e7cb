/** Name of a workflow → version → fingerprint. */
export type ReleasedFingerprints = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Fingerprints of every version of every workflow that was ever released: an installed workflow with one of
 * them has not been changed by a person and may be replaced. Lines are only ever added.
 */
export const releasedFingerprints: ReleasedFingerprints = {
	'back-up-sites-daily': {
		'1.0.0': '386767a539a01af98237b7c13572fd04f5177f5fe8f1dcb9ab84e013707cb55c',
	},
	'handle-errors': {
		'1.0.0': 'd46db42c83053aba176c239efb8ae7f60e32f1a829ce44411cd825a07ff6ff08',
	},
	'read-settings': {
		'1.0.0': '474d97ded5d2fd9334136aaf7cf167839a387e7bc7587a6e6d643b2ca17c4940',
	},
	'send-alert': {
		'1.0.0': 'eff726bf8eee28dcda3ad86bd669b7c6244555760a70ab2d61b8191d41d8c630',
	},
};
