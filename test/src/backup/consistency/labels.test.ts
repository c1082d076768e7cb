import { wishesOf } from '../../../../src/backup/consistency/labels';

test.each<[Record<string, string>, object]>([
	[{}, {}],
	[{ 'opsdesk.backup.stop': 'true' }, { action: 'stop' }],
	[{ 'opsdesk.backup.pause': 'true' }, { action: 'pause' }],
	[{ 'opsdesk.backup.pause': 'true', 'opsdesk.backup.stop': 'true' }, { action: 'stop' }],
	[{ 'opsdesk.backup.pause': 'true', 'opsdesk.backup.stop': 'false' }, { action: 'pause' }],
	[{ 'opsdesk.backup.stop': 'false' }, { action: 'none' }],
	[
		{ 'opsdesk.backup.exec-pre': 'app down', 'opsdesk.backup.exec-post': '["app","up"]' },
		{ before: ['app', 'down'], after: ['app', 'up'] },
	],
])('the labels %j ask for %j', (labels, wishes) => {
	expect(wishesOf('shop-web', labels)).toEqual(wishes);
});

test.each([
	['stop', 'yes'],
	['pause', ''],
	['exec-pre', ''],
	['exec-post', 'say "hello'],
])('a label %s that says %j is refused by name', (name, value) => {
	expect(() => wishesOf('shop-web', { [`opsdesk.backup.${name}`]: value })).toThrow(
		expect.objectContaining({
			code: 'label_invalid',
			message: expect.stringMatching(`^The label opsdesk.backup.${name} of the container "shop-web"`),
		}),
	);
});
