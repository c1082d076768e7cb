/** Name of a workflow → version → fingerprint. */
export type ReleasedFingerprints = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Fingerprints of every version of every workflow that was ever released: an installed workflow with one of
 * them has not been changed by a person and may be replaced. Lines are only ever added.
 */
export const releasedFingerprints: ReleasedFingerprints = {
	'acknowledge-alerts': {
		'1.0.0': '3a3b6bbfbdf28986703e2bd4e81cbf605b9f44e80ba7fca962132d575359c381',
	},
	'alert-on-sla-events': {
		'1.0.0': '10ff8cc9361dfa5164e608a4aff66adb77c58abfafdd52cf3995d2bc7608e3f7',
		'1.1.0': '413a605806a2365feb62d167c7ebdaf93306495e92b64730608270e5927ce049',
	},
	'answer-privacy-requests': {
		'1.0.0': 'f8c5e5ea99a28070a0c0f806b35ad3e3e671826c3154e19e7adac4152dc2a6e4',
	},
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
	'check-certificates': {
		'1.0.0': '6e4b84358324ae85b36bf1db2f8ccacd0e141d28ef7ae148b3a84aa021cdc6cf',
	},
	'check-containers-every-five-minutes': {
		'1.0.0': 'f55a0331eff52bc3939d29a7de8b38743455aee398b68048af9e820df9c06020',
	},
	'check-host-resources': {
		'1.0.0': 'c7ac1f0e0005efa838557ed7177d07cc3e6f3900fde5f49a2a115016436105ad',
	},
	'check-services': {
		'1.0.0': '349227ad7a85d2852157d3ff8410c264cc64b52cff3a9dda36253be697df69ce',
	},
	'expose-metrics': {
		'1.0.0': 'd350587018856ac54b3f02058820dc47bf6e5a0053ee39dfc8c48ee93aee3670',
	},
	'handle-errors': {
		'1.0.0': 'd46db42c83053aba176c239efb8ae7f60e32f1a829ce44411cd825a07ff6ff08',
		'1.1.0': '8e67bd59a92ce4c22a8a44b672989d03c478eb76cd23702bd2f435d6530a490c',
	},
	'heal-containers-on-events': {
		'1.0.0': '8f80ae0cc38922c13d4f41d3d3eb83636c7cbbd9f0ca99dac07a3e425d47a7d2',
	},
	'learn-from-feedback-nightly': {
		'1.0.0': '54ea2c822e3fa187676f3232c559fd41f56b4ffcfa5dfa0ac7a7d43fd2691854',
		'1.1.0': '935f01c3d93faeb3ddc966b0b955f447d305ecbd9385b9fa9107f3a8d9e52f7e',
	},
	'manage-containers': {
		'1.0.0': 'c0208bde1496aa353e0ac6aa17dcb2bd18a15df637836c2bfbb5db06906667aa',
	},
	'probe-sites': {
		'1.0.0': '3b0ba86eb6540fd6f826bb028fab18ca53b4d88282a4a555a143c981bdddcc4e',
	},
	'publish-status-page': {
		'1.0.0': '4185f42ed6a5eca95ac74a3ec98f02e7fb96db67c8c7be130c5d98a9a15e343f',
	},
	'read-settings': {
		'1.0.0': '474d97ded5d2fd9334136aaf7cf167839a387e7bc7587a6e6d643b2ca17c4940',
		'1.1.0': '5ce60ea618fd42c4039e35bfccf3f8c67b85a05783ffc632b92c2269f2385285',
		'1.2.0': 'b406eb40302f69b9c623dfc9faf75b5a81f56a9add0ac603a9d74a3dec82c176',
		'1.3.0': '5897f8de4bedbdc6a47a30427b0d03200722291130207384bc7f91db409c9eef',
		'1.4.0': '33896a01bd86702d88c48f6d3a08f9388be5263fceb8126920c601668d9f28dc',
	},
	'receive-meta-messages': {
		'1.0.0': '6466848f6bccd99637594b67e0faaa511b168c0ee4e0e4a426691ff1b263c260',
		'1.1.0': '6d9fdd64999daa0abd9630a34ee4339552348101d51996b73681854e4353077a',
		'1.2.0': 'eb2958fd7d352341ac8f1bb467e79c0abd07ce4bd3223941048913887ca4a479',
		'1.3.0': '272a3379b2b5e910df6c52850849b77a1648dffcf2c0cc5e977767775d70a598',
		'1.4.0': 'a41c576df876b248d4c405a43e731f18756d67cb19d8cfe58ec2b661dc4dde39',
	},
	'receive-sms': {
		'1.0.0': 'c4ee99f6a42bcbd6842f55055da7cf4a2582d7238e67ab0532ee1acc632d28d4',
		'1.1.0': '060ba381c625060b9475bd4438a0905e037f1e69d9ac6e26dfba9bc7efbe3982',
		'1.2.0': '6e0c9ad3de8b38601cd79819b390f9b2e7e9ea5f24ff9bbf6d75050885ae5569',
		'1.3.0': '2d3d019a0ea385a1cb44436f3cb4dd9f278a1e939f70e66c168e23a9ac16d87b',
		'1.4.0': 'd15dd52938691e70404003bcf0a0bb7ca96b398d95cde082bc67fdfdeff92444',
	},
	'receive-telegram-messages': {
		'1.0.0': '66d561ab7853b16000932b75778a42c8566b704d7e804ff8a95d33a296cdd837',
		'1.1.0': '3d02cb0279c5560f4c2e5a154d84f6f13fff93a4421629aefc90f9930a4a212f',
		'1.2.0': 'd0566d4412a9223606f83aca7c64a6ba9f2d93c2c5ab40a77bcf597642916206',
		'1.3.0': 'd748913c530a98aa1049d8d4e56f9cd92524991a3eea8fe66298025f85838225',
		'1.4.0': '045539c85bfc76a97276aaace8c07e57aea88ab1cf05fc1ddb5a7a4b3b34ba33',
	},
	'rehearse-restore-weekly': {
		'1.0.0': '3888ca22240591f1cbb49eddb6c539b749b2cc6c6e288d15ff0ad9f9d73f2ea4',
	},
	'relay-operator-replies': {
		'1.0.0': 'acfe691307c524c729ab7ba8735df2b16020fa39aa253c32fdc978005f00e0d2',
		'1.1.0': '692bb56f1e777e88a52b5c04229bdfd8f0d092ad2baa1cc7174876ab2f2f9802',
		'2.0.0': 'ffbc266b2199dd278a0cb43adb9fe388f3a17a77155d032091cc2676cd6a775d',
	},
	'replay-rules': {
		'1.0.0': '816c0fde6600325b9ca5f0d5fbf6297e6679e243194fb409a85c8b3ab5ddb756',
		'1.0.1': '68db613405bcbf546791435b8967c57c462779f6476d1868b1e2f62c2e3a53cc',
	},
	'report-uptime-monthly': {
		'1.0.0': '22c3a1520a83b45f5794b4fff3f08e6b59993d80d50626bd153b67a8321dd8ef',
	},
	'retain-data-nightly': {
		'1.0.0': '18104b01f3a5571bfbcc0e7b33b38152c6f1d3aeb17f2441753b5f5e81044637',
		'1.1.0': '2ac9d18f138bd9adc135c4cb2d89323a58831eff0ed1e7e512ac949f37362719',
	},
	'route-messages': {
		'1.0.0': '5890f16acd0c5bcc703af5336dbc0a0177da7254e36cdd25d87c1d91e0bb3690',
		'1.1.0': 'ec668e00b9ad41b9a67c0b42dcb596811b7dc4ecf7d258a3d5b777ed8bccb1fe',
		'1.2.0': 'a71c2131715637e5c8dc45fc0b2763a5ff8ff8aecf09fd2cd694e5fef1c04045',
		'1.3.0': 'd1ba97e97a6be924974175556dd99c5b16784a4fcce4e9a8e7a5a2d28e7c5b7d',
	},
	'run-site-backups': {
		'1.0.0': '403ba9004ac257842fc1deff74f62927ae5dbb9ce53610bb6dd56d8ca7b43913',
		'1.1.0': '063b85abb9e17796b30748804042cc8a04da35b3c3d755e333e8f9d2ce47a2b8',
	},
	'run-site-checks': {
		'1.0.0': '7068db20c5d0ae58c930a220617e63c863ca514c80cf3051949c13d57d527944',
		'1.1.0': '9b9dd5bd1185f249fc1ffbdb5b416a9f20bec77fa8fc3be2fe8378098b8c3bd2',
		'1.2.0': '7b57f7f93b590b0054d3de13a0c2fecbde5133d84d0db6fb4abfe11fe95a98a1',
	},
	'send-alert': {
		'1.0.0': 'eff726bf8eee28dcda3ad86bd669b7c6244555760a70ab2d61b8191d41d8c630',
		'1.1.0': '15a3d7957573c5ee8900315060bfcba6a0a7c70e1049b5fcd9c516421ae853c4',
		'1.2.0': '6ea9d55053cf5d45ba1a9d357937ed4f1b9c8440f8fe63385b81313ff6b2a42a',
		'1.3.0': 'e3a69ac46eb54419f02558fecdc34786054ca98157bbeb17bdea3a8e3d5689f5',
	},
	'send-outbox': {
		'1.0.0': '5aa4d5375b1fbbd4a44d2d1d683ab8f5b53510018f20596f2b4ca05efb036115',
		'1.0.1': '5aa4d5375b1fbbd4a44d2d1d683ab8f5b53510018f20596f2b4ca05efb036115',
		'1.1.0': '7402d4b7ea7b0e014fbfcf1d9bd5c4b6c99ca4943130ea9c41e81a7add680b8f',
		'1.1.1': '94fd0423164dabde2987a53eaea510ba1970b427c26fe7a3997a050ebb3e2ae6',
	},
	'snapshot-sqlite-every-six-hours': {
		'1.0.0': 'dc7ec45586212d0f34a5f479b7d603b4671ce9a83f04c5941d1f606d036a84dd',
	},
	'start-timers-on-requests': {
		'1.0.0': '37bb889c0be2b7528a6f259e789604178309d76418c799f07da0556f6bb5258d',
	},
	'stop-timers-on-replies': {
		'1.0.0': 'd7db7faab3b9037c99e96764459cd3c307cd50a213cbb0360ed685c947d4ab0e',
		'1.1.0': '41ce2a096eab07384f5412efe79ef75dab887c8000824208ef5467cef8fb677b',
	},
	'update-containers-weekly': {
		'1.0.0': '4fd49f42b1ff146dae5ff36a44d5ed2b87c15b57897f78b7bee78c03522cb81b',
	},
	'verify-backups-hourly': {
		'1.0.0': '0c3618a1cf39a574e9e1a5b4575ef33b0e0a032f683b5cc36dbfde71e32322ab',
	},
	'watch-missed-backups': {
		'1.0.0': 'ba855d403c8fda1bfb44a5f100417b2d164e2f8861ed62b9cecdab289a0be98e',
	},
	'watch-workflow-runs': {
		'1.0.0': 'fcf48c7c3644fbf62502176cf42fcc72b740d228342ad937dfd527e0a33f0b38',
	},
};
