import { outputItems } from '../support/n8n/executions';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting, failureOf } from './alerting';

const client = sharedN8n();
let alerting: Alerting;

beforeAll(async () => {
	alerting = await Alerting.install(client, { targets: [] });
});

afterAll(async () => {
	await alerting?.remove();
});

const check = async (values: Record<string, string>) => {
	await alerting.typeSettings({
		timeZone: 'UTC',
		mailFrom: 'opsdesk@example.com',
		alertTargets: '[]',
		sites: '[]',
		...values,
	});
	return await client.run(alerting.ids['read-settings'], { trigger: 'Check these settings' });
};
const targets = (...list: Record<string, unknown>[]) => ({ alertTargets: JSON.stringify(list) });
const mail = { name: 'mail', channel: 'mail', to: 'ops@example.com' };

test('settings that are right are returned with the defaults filled in', async () => {
	const execution = await check({ timeZone: 'Europe/Moscow', ...targets(mail), sites: '[{"name": "shop"}]' });
	expect(failureOf(execution)).toBe('');
	expect(outputItems(execution, 'Return the settings')[0]?.json).toEqual({
		timeZone: 'Europe/Moscow',
		mailFrom: 'opsdesk@example.com',
		alertTargets: [{ ...mail, minimumSeverity: 'info', enabled: true, authenticated: false }],
		sites: [{ name: 'shop', expect: { every: '24h', grace: '4h' } }],
		schedules: { shop: 'daily' },
		problems: [],
	});
});

test('a site is completed by what holds for its schedule, and what it says itself comes first', async () => {
	const backup = {
		directories: [
			{ name: 'a', path: '/a' },
			{ name: 'b', path: '/b', exclude: [] },
		],
		volumes: [{ name: 'c', volume: 'c' }],
		databases: [{ name: 'd', type: 'sqlite', path: '/d' }],
	};
	const own = { name: 'own', schedule: 'weekly', consistency: 'pause', retention: { keepLast: 2 }, backup };
	const sites = [own, { name: 'six', schedule: 'six-hourly' }, { name: 'none', schedule: 'never' }];
	const execution = await check({ sites: JSON.stringify(sites) });
	expect(failureOf(execution)).toBe('');
	const exclude = ['*.log'];
	expect(outputItems(execution, 'Return the settings')[0]?.json).toMatchObject({
		sites: [
			{
				name: 'own',
				consistency: 'pause',
				retention: { keepLast: 2 },
				expect: { every: '7d', grace: '6h' },
				backup: {
					directories: [
						{ name: 'a', path: '/a', exclude },
						{ name: 'b', path: '/b', exclude: [] },
					],
					volumes: [{ name: 'c', volume: 'c', exclude }],
					databases: [{ name: 'd', type: 'sqlite', path: '/d' }],
				},
			},
			{ name: 'six', retention: { keepWithin: '30d' }, expect: { every: '6h', grace: '2h' } },
			{ name: 'none' },
		],
		schedules: { own: 'weekly', six: 'six-hourly', none: 'never' },
	});
});

test.each([
	['an unknown time zone', { timeZone: 'Europe/Moskow' }, 'timeZone: must be the name of a time zone'],
	['a wrong sender', { mailFrom: 'me@' }, 'mailFrom: must be one mail address'],
	[
		'an unknown channel',
		targets({ ...mail, channel: 'pigeon' }),
		'alertTargets[0].channel: must be one of telegram, mail',
	],
	[
		'a misspelt field',
		targets({ ...mail, minSeverity: 'info' }),
		'alertTargets[0].minSeverity: is not known',
	],
	[
		'an unknown severity',
		targets({ ...mail, minimumSeverity: 'high' }),
		'alertTargets[0].minimumSeverity: must be one of info',
	],
	[
		'a switch that is a text',
		targets({ ...mail, enabled: 'yes' }),
		'alertTargets[0].enabled: must be true or false',
	],
	[
		'owners that are no list',
		targets({ ...mail, owners: 'ada@example.com' }),
		'alertTargets[0].owners: must be a list of names',
	],
	[
		'owners that are none',
		targets({ ...mail, owners: [] }),
		'alertTargets[0].owners: must be a list of names',
	],
	['a missing address', targets({ ...mail, to: '' }), 'alertTargets[0].to: must be one mail address'],
	[
		'a line end in an address',
		targets({ ...mail, to: 'a@example.com\nBcc: b@example.com' }),
		'alertTargets[0].to: must be',
	],
	['a name used twice', targets(mail, mail), 'alertTargets[1].name: "mail" is used twice'],
	[
		'a password in an address',
		targets({ name: 'w', channel: 'webhook', to: 'https://me:pw@example.com' }),
		'alertTargets[0].to: must not hold a user name or password',
	],
	[
		'another scheme',
		targets({ name: 'w', channel: 'webhook', to: 'file:///etc/passwd' }),
		'alertTargets[0].to: must be an address that starts with http',
	],
	[
		'an unknown schedule',
		{ sites: '[{"name": "shop", "schedule": "hourly"}]' },
		'sites[0].schedule: must be one of daily, weekly, six-hourly, never',
	],
	[
		'a default for an unknown schedule',
		{ scheduleDefaults: '{"monthly": {}}' },
		'scheduleDefaults.monthly: is no schedule',
	],
	['a site without a name', { sites: '[{}]' }, 'sites[0].name: must be a text'],
])('%s is refused with the field named', async (_case, values, message) => {
	const failure = failureOf(await check(values));
	expect(failure).toContain(`The settings have mistakes. `);
	expect(failure).toContain(message);
	expect(failure).toContain('Correct them in the node "Settings" of the workflow "Read settings"');
});

test('a list with a broken bracket is refused with the field named', async () => {
	expect(failureOf(await check({ alertTargets: '[{' }))).toContain(
		'alertTargets: must be a list, in square brackets; it cannot be read (',
	);
});

test('whoever asks gets what has no mistake, and the mistakes', async () => {
	const sites = [
		{ name: 'shop' },
		{ name: 'six', schedule: 'six-hourly' },
		{ name: 'slip', schedule: 'hourly' },
	];
	await check({
		...targets({ ...mail, to: 'ops' }, { name: 'page', channel: 'pagerduty' }),
		sites: JSON.stringify(sites),
		scheduleDefaults: '{"six-hourly": "6h"}',
		timeZone: 'Mars/Base',
	});
	const execution = await client.run(alerting.ids['read-settings'], {
		trigger: 'When another workflow asks',
	});
	expect(failureOf(execution)).toBe('');
	expect(outputItems(execution, 'Return the settings')[0]?.json).toMatchObject({
		timeZone: 'UTC',
		alertTargets: [{ name: 'page' }],
		sites: [{ name: 'shop' }],
		schedules: { shop: 'daily' },
		problems: [
			expect.stringMatching(/^timeZone: /),
			expect.stringMatching(/^alertTargets\[0\]\.to: /),
			expect.stringMatching(/^sites\[2\]\.schedule: /),
			expect.stringMatching(/^scheduleDefaults\.six-hourly: /),
		],
	});
});
