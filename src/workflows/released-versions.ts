/** Name of a workflow → version → fingerprint. */
export type ReleasedFingerprints = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Fingerprints of every version of every workflow that was ever released: an installed workflow with one of
 * them has not been changed by a person and may be replaced. Lines are only ever added.
 */
export const releasedFingerprints: ReleasedFingerprints = {
	'back-up-n8n-nightly': {
		'1.0.0': '682b554859549f8ef4fcbf2d64078e51f2322dc0f865c4fed33f460f2af93193',
		'1.0.1': 'bb605f85e9259a73e7706f2703a0b3080b25797f20d8ae3e5dda3ccd06fac5f5',
	},
	'back-up-sites-daily': {
		'1.0.0': '386767a539a01af98237b7c13572fd04f5177f5fe8f1dcb9ab84e013707cb55c',
		'1.1.0': '3cea938192ce158aff16c870cdc99bf19bdc5a73d2debbddf5203a0b8b390931',
	},
	'back-up-volumes-weekly': {
		'1.0.0': 'bcd110beca387500f0c40866a4e81699255f5a5cab6a89d33ee32db1d41606bd',
	},
	'check-containers-every-five-minutes': {
		'1.0.0': 'e80f25d33f37e8b7321c920f6c4b864429c66b3f0850639550caf3700008e3ca',
	},
	'handle-errors': {
		'1.0.0': 'd46db42c83053aba176c239efb8ae7f60e32f1a829ce44411cd825a07ff6ff08',
	},
	'heal-containers-on-events': {
		'1.0.0': '31e5e28dbf440e09394d69f29b16bc68a571c2200d81773a3530f124b3318d05',
	},
	'manage-containers': {
		'1.0.0': '15ac7c4e511b806b4b5600edba56c4d88f4229544043fe1a101beba15a2ac539',
	},
	'read-settings': {
		'1.0.0': '474d97ded5d2fd9334136aaf7cf167839a387e7bc7587a6e6d643b2ca17c4940',
		'1.1.0': '5ce60ea618fd42c4039e35bfccf3f8c67b85a05783ffc632b92c2269f2385285',
	},
	'rehearse-restore-weekly': {
		'1.0.0': '3888ca22240591f1cbb49eddb6c539b749b2cc6c6e288d15ff0ad9f9d73f2ea4',
	},
	'run-site-backups': {
		'1.0.0': '403ba9004ac257842fc1deff74f62927ae5dbb9ce53610bb6dd56d8ca7b43913',
	},
	'send-alert': {
		'1.0.0': 'eff726bf8eee28dcda3ad86bd669b7c6244555760a70ab2d61b8191d41d8c630',
		'1.1.0': '15a3d7957573c5ee8900315060bfcba6a0a7c70e1049b5fcd9c516421ae853c4',
	},
	'snapshot-sqlite-every-six-hours': {
		'1.0.0': 'dc7ec45586212d0f34a5f479b7d603b4671ce9a83f04c5941d1f606d036a84dd',
	},
	'update-containers-weekly': {
		'1.0.0': '4fd49f42b1ff146dae5ff36a44d5ed2b87c15b57897f78b7bee78c03522cb81b',
	},
	'verify-backups-hourly': {
		'1.0.0': '0c3618a1cf39a574e9e1a5b4575ef33b0e0a032f683b5cc36dbfde71e32322ab',
	},
};
