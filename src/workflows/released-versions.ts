/** Name of a workflow → version → fingerprint. */
export type ReleasedFingerprints = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Fingerprints of every version of every workflow that was ever released: an installed workflow with one of
 * them has not been changed by a person and may be replaced. Lines are only ever added.
 */
export const releasedFingerprints: ReleasedFingerprints = {
	'handle-errors': {
		'1.0.0': 'b608d5c0018595db3e2bfc524ef55dcade68dcc009b8a478d1b42c768350b2d4',
	},
	'read-settings': {
		'1.0.0': '474d97ded5d2fd9334136aaf7cf167839a387e7bc7587a6e6d643b2ca17c4940',
	},
	'send-alert': {
		'1.0.0': '95503a51d447911e74c3c01bcccb976b7be0115bf033652d3b6e05b21fa03230',
	},
};
