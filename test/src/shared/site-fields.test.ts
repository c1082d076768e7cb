import { parseSites, SiteError } from '../../../src/shared';

interface Parts {
	directory?: object;
	volume?: object;
	database?: object;
	destinations?: unknown;
	site?: object;
}

/** A site with one source of each kind, changed in the given parts. */
function definition({ directory, volume, database, destinations, site }: Parts = {}): Record<
	string,
	unknown
> {
	return {
		name: 'shop',
		backup: {
			directories: [{ name: 'www', path: '/srv/shop/www', ...directory }],
			volumes: [{ name: 'media', volume: 'shop_media', ...volume }],
			databases: [{ name: 'main', type: 'postgres', container: 'shop-db', database: 'shop', ...database }],
		},
		destinations: destinations ?? [{ name: 'local', type: 'directory', path: '/backups' }],
		...site,
	};
}

function faultsOf(input: unknown): Record<string, string> {
	try {
		parseSites(input);
	} catch (error) {
		if (error instanceof SiteError && error.code === 'site_invalid') {
			return Object.fromEntries(error.faults.map(({ field, problem }) => [field, problem]));
		}
		throw error;
	}
	return {};
}

describe('a site', () => {
	it('is given with its defaults filled in and its paths tidied', () => {
		expect(
			parseSites(
				definition({ directory: { path: '//srv/./shop/www/' }, site: { domain: 'Shop.Example.com' } }),
			),
		).toEqual([
			{
				name: 'shop',
				domain: 'shop.example.com',
				consistency: 'none',
				protected: [],
				checks: [],
				maintenance: [],
				backup: {
					directories: [{ name: 'www', path: '/srv/shop/www', via: 'n8n', include: [], exclude: [] }],
					volumes: [{ name: 'media', volume: 'shop_media', include: [], exclude: [] }],
					databases: [
						{
							name: 'main',
							type: 'postgres',
							container: 'shop-db',
							database: 'shop',
							user: 'postgres',
							globals: false,
						},
					],
					configs: [],
				},
				destinations: [{ name: 'local', type: 'directory', path: '/backups' }],
			},
		]);
	});

	it.each([
		['nothing to back up', { backup: {} }, 'backup', 'names nothing to back up'],
		['no destination', { destinations: [] }, 'destinations', 'at least 1 entry'],
		[
			'consistency of no known kind',
			{ consistency: 'halt' },
			'consistency',
			'must be "none" or "pause" or "stop"',
		],
		[
			'consistency without containers',
			{ consistency: 'stop' },
			'consistency',
			'the site names no containers',
		],
		[
			'an unknown rule of consistency',
			{ containers: ['web'], consistency: { mode: 'stop', timeout: 5 } },
			'consistency.timeout',
			'not a known field',
		],
		[
			'a time to stop that is no time',
			{ containers: ['web'], consistency: { mode: 'stop', stopTimeoutSeconds: -1 } },
			'consistency.stopTimeoutSeconds',
			'must be at least 0',
		],
		[
			'a program that is a text',
			{ consistency: { hooks: [{ container: 'web', before: 'app down' }] } },
			'consistency.hooks[0].before',
			'must be a list',
		],
		[
			'a hook without a program',
			{ consistency: { hooks: [{ container: 'web' }] } },
			'consistency.hooks[0]',
			'names no program',
		],
		['an address for a domain', { domain: 'https://example.com' }, 'domain', 'without "https://"'],
		['a domain with other letters', { domain: 'bäckerei.example.com' }, 'domain', 'xn--'],
		['an owner of two lines', { owner: 'a\nb' }, 'owner', 'one line'],
		['a name for the list of containers', { containers: 'web' }, 'containers', 'list of container names'],
		['a container with a bad name', { containers: ['web', '../x'] }, 'containers[1]', 'only letters'],
		[
			'an unknown field beside the project',
			{ containers: { project: 'a', x: 1 } },
			'containers.x',
			'project',
		],
	])('is refused with %s', (_, site, field, reason) => {
		expect(faultsOf(definition({ site }))).toEqual({ [field]: expect.stringContaining(reason) });
	});

	it.each([
		['one word', { containers: ['web'], consistency: 'pause' }],
		['rules with containers of their own', { consistency: { mode: 'stop', containers: ['web'] } }],
		['programs alone', { consistency: { hooks: [{ container: 'web', before: ['app', 'down'] }] } }],
	])('may say how its containers keep quiet with %s', (_, site) => {
		expect(faultsOf(definition({ site }))).toEqual({});
	});

	it('may name its containers or its Compose project', () => {
		expect(parseSites(definition({ site: { containers: ['a1', 'b_2'] } }))[0]?.containers).toEqual([
			'a1',
			'b_2',
		]);
		expect(parseSites(definition({ site: { containers: { project: 'shop' } } }))[0]?.containers).toEqual({
			project: 'shop',
		});
	});
});

describe('an unknown field', () => {
	it('is refused wherever it stands, with the field that is probably meant', () => {
		const faults = faultsOf(
			definition({
				site: { domian: 'x', owners: 'x' },
				directory: { excludes: [] },
				volume: { volumes: 'x' },
				database: { usr: 'x' },
				destinations: [{ name: 'local', type: 'engine', path: '/backups', pth: 'x' }],
			}),
		);
		expect(faults).toEqual({
			domian: expect.stringContaining('"domain" is meant'),
			owners: expect.stringContaining('"owner" is meant'),
			'backup.directories[0].excludes': expect.stringContaining('"exclude" is meant'),
			'backup.volumes[0].volumes': expect.stringContaining('"volume" is meant'),
			'backup.databases[0].usr': expect.stringContaining('"user" is meant'),
			'destinations[0].pth': expect.stringContaining('"path" is meant'),
		});
	});

	it('lists what is known when nothing is similar', () => {
		expect(faultsOf(definition({ volume: { colour: 'red' } }))).toEqual({
			'backup.volumes[0].colour':
				'is not a known field; known here: name, volume, include, exclude, unreadable',
		});
	});

	it('for a secret is refused without showing the secret', () => {
		const secret = 'hunter2-hunter2';
		for (const field of ['password', 'pgPassword', 'api_key', 'accessKeyId', 'token', 'clientSecret']) {
			let message = '';
			try {
				parseSites(definition({ database: { [field]: secret } }));
			} catch (error) {
				message = JSON.stringify(error) + String(error);
			}
			expect(message).toContain('secrets do not belong in a site definition');
			expect(message).not.toContain(secret);
		}
	});

	it('with the name of a property of every object is not overlooked', () => {
		const input: unknown = JSON.parse(
			`{"__proto__": {"name": "x"}, "constructor": 1, ${JSON.stringify(definition()).slice(1)}`,
		);
		expect(Object.keys(faultsOf(input))).toEqual(['__proto__', 'constructor']);
	});
});

describe('a path', () => {
	it.each([
		['relative', 'srv/www', 'must be absolute'],
		['relative to a home folder', '~/www', 'must be absolute'],
		['of Windows', 'C:\\www', 'must be absolute'],
		['that climbs', '/srv/../etc', 'must not hold ".."'],
		['with a NUL', '/srv/\0', 'NUL'],
		['with half a character', '/srv/\ud800', 'half a character'],
		['that is empty', '', 'must not be empty'],
		['too long for the system', `/${'x'.repeat(4095)}`, 'at most 4095 bytes'],
		['of the whole file system', '/', 'whole file system'],
		['of the whole file system in another form', '//./', 'whole file system'],
		['of processes', '/proc', 'must not be in /proc'],
		['in the kernel', '/sys/fs', 'must not be in /sys'],
		['of devices', '/dev/shm', 'must not be in /dev'],
		['of devices in another form', '//dev/', 'must not be in /dev'],
	])('%s is refused, of a source and of a destination', (_, path, reason) => {
		const destinations = [{ name: 'local', type: 'engine', path }];
		expect(faultsOf(definition({ directory: { path }, destinations }))).toEqual({
			'backup.directories[0].path': expect.stringContaining(reason),
			'destinations[0].path': expect.stringContaining(reason),
		});
	});

	it.each([
		'/srv/a b',
		'/srv/-x',
		'/srv/...',
		'/srv/~x',
		'/process',
		'/system',
		'/devel',
		'/srv/\n',
		'/srv/é:1',
	])('may be %j', (path) => {
		expect(parseSites(definition({ directory: { path } }))[0]?.backup.directories[0]?.path).toBe(path);
	});
});

describe('a database', () => {
	it.each([
		[
			'a connection string for a name',
			{ database: 'host=x password=y' },
			'database',
			'not a connection string',
		],
		['an address for a name', { database: 'postgresql://u:p@db/x' }, 'database', 'not a connection string'],
		['an option for a name', { database: '--file=/etc/x' }, 'database', 'not a connection string'],
		['an option for a role', { user: '-Upostgres' }, 'user', 'must not start with "-"'],
		['a name PostgreSQL would cut', { database: 'é'.repeat(32) }, 'database', 'at most 63 bytes'],
		['a container that is an option', { container: '--help' }, 'container', 'only letters'],
		['another type', { type: 'mysql' }, 'type', 'must be "postgres"'],
		['no type', { type: undefined }, 'type', 'is missing; it must be "postgres"'],
	])('is refused with %s', (_, database, field, reason) => {
		expect(faultsOf(definition({ database }))).toEqual({
			[`backup.databases[0].${field}`]: expect.stringContaining(reason),
		});
	});
});

describe('a backup that would contain itself', () => {
	const directory = { name: 'all', path: '/srv/www' };
	const places = (path: string, type = 'directory', source: object = {}): Record<string, string> =>
		faultsOf(
			definition({ directory: { ...directory, ...source }, destinations: [{ name: 'x', type, path }] }),
		);

	it.each(['/srv/www', '/srv/www/', '/srv/www/backups', '//srv/./www/a/b'])('is refused: %s', (path) => {
		expect(places(path)).toEqual({
			'destinations[0].path': expect.stringContaining('inside the source backup.directories[0]'),
		});
	});

	it('is refused when the folder of the site holds the source', () => {
		const inside = { path: '/srv/shop/www' };
		expect(places('/srv', 'directory', inside)).toEqual({
			'destinations[0].path': expect.stringContaining('holds the source'),
		});
		expect(places('/srv', 'directory', { path: '/srv/shop' })).toEqual({
			'destinations[0].path': expect.stringContaining('holds the source'),
		});
	});

	it.each(['/srv', '/srv/www-backups', '/srv/ww', '/backups/srv/www'])('is not seen in %s', (path) => {
		expect(places(path)).toEqual({});
	});

	it('is accepted when the definition excludes the folder, in the words of the message', () => {
		const message = places('/srv/www/back*ups')['destinations[0].path'];
		const exclude = /add "(.*)" to the exclude patterns/.exec(message ?? '')?.[1];
		expect(exclude).toBe('/back\\*ups/shop/');
		expect(places('/srv/www/back*ups', 'directory', { exclude: [exclude] })).toEqual({});
		expect(places('/srv/www/backups', 'directory', { exclude: ['/backups/'] })).toEqual({});
		expect(places('/srv/www/backups', 'directory', { include: ['/html/'] })).toEqual({});
		expect(Object.keys(places('/srv/www/backups', 'directory', { exclude: ['*.log'] }))).toHaveLength(1);
	});

	it('is looked for within the view of n8n and within that of the host, not across', () => {
		expect(places('/srv/www/x', 'engine')).toEqual({});
		expect(Object.keys(places('/srv/www/x', 'engine', { via: 'engine' }))).toEqual(['destinations[0].path']);
	});

	it('does not hide a broken pattern', () => {
		expect(Object.keys(places('/srv/www/x', 'directory', { exclude: ['a//b'] }))).toEqual([
			'backup.directories[0].exclude[0]',
			'destinations[0].path',
		]);
	});
});

it('two destinations must not be the same place', () => {
	const destinations = ['/backups', '/backups/'].map((path, index) => ({
		name: `d${index}`,
		type: 'directory',
		path,
	}));
	expect(faultsOf(definition({ destinations }))).toEqual({
		'destinations[1].path': expect.stringContaining('same place as entry 1'),
	});
});

describe('encryption', () => {
	const recipient = 'age1lg9300nnwq0y4jsuhns6ml8j0hqzcewt4xl3g475nwvmngcf2uasl8qcal';
	const faultsWith = (encryption: unknown): Record<string, string> =>
		faultsOf(definition({ site: { encryption } }));

	it.each([
		[{ recipients: [recipient] }],
		[{ recipients: [recipient, 'age1nk65eg3lz0whmxx5ynchnupm3lqr4rgeenwuzj9strh2jtkhtshq76dnht'] }],
		[{ recipients: [] }],
		[{ passphrase: true }],
	])('is taken as %j', (encryption) => {
		expect(parseSites(definition({ site: { encryption } }))[0]?.encryption).toEqual(encryption);
	});

	it.each([
		['a mistyped recipient', recipient.replace('9300', '9330'), /typing error: its checksum/],
		['capitals', recipient.toUpperCase(), /is not a public key of age/],
		['one that was cut', recipient.slice(0, -1), /is not a public key of age/],
		[
			'one with bits behind its bytes',
			'age1rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrp0dh56x',
			/typing error/,
		],
		['a key for SSH', 'ssh-ed25519 AAAA', /SSH, which is not supported/],
		['a post-quantum key', 'age1pq1qqqq', /another kind than X25519/],
		['a secret key', 'AGE-SECRET-KEY-1HUSH', /is a secret key, which does not belong here/],
	])('refuses %s and does not show it', (_, text, problem) => {
		const faults = faultsWith({ recipients: [recipient, text] });
		expect(faults).toEqual({ 'encryption.recipients[1]': expect.stringMatching(problem) });
		expect(JSON.stringify(faults)).not.toContain(text);
	});

	it('is for recipients or with a passphrase, and never holds the passphrase', () => {
		expect(faultsWith({})).toEqual({ encryption: expect.stringMatching(/must have "recipients" or/) });
		expect(faultsWith({ recipients: [recipient], passphrase: true })).toEqual({
			encryption: expect.stringMatching(/both recipients and a passphrase/),
		});
		const faults = faultsWith({ passphrase: 'hush' });
		expect(faults).toEqual({ 'encryption.passphrase': expect.stringMatching(/belongs into a credential/) });
		expect(JSON.stringify(faults)).not.toContain('hush');
	});
});

describe('the query of a drill', () => {
	const problemOf = (query: string): string | undefined =>
		faultsOf(definition({ site: { drill: { checks: [{ artefact: 'db-main', query, expect: 1 }] } } }))[
			'drill.checks[0].query'
		];

	test.each([
		'select 1;',
		"select count(*) from notes where body = 'a; b' or body = 'it''s; one'",
		String.raw`select 1 where 'C:\new' ~ '\d' and E'it\'s; \\' <> "odd;\name"`,
		String.raw`select $$a; \b$$, $tag$ $$ ; \ $tag$, a$b$ from c -- one; two's
			/* a; 'b */ ; -- the end`,
	])('may hold anything in literals, names and comments: %s', (query) => {
		expect(problemOf(query)).toBeUndefined();
	});

	test.each([
		String.raw`select 1 \! id`,
		String.raw`select 1 \g |id`,
		'select 1\n\\! id',
		String.raw`select 'a' \; select 2`,
		String.raw`select 'it''s' /* ' */ \! id --'`,
		String.raw`select 1 -- ' ${'\n'}\! id --'`,
		String.raw`select e'\\' \! id --'`,
		String.raw`select a$b$ \! id --$b$`,
	])('holds no command of psql: %s', (query) => {
		expect(problemOf(query)).toBe('must hold no commands of psql');
	});

	test.each([
		['select 1; drop table notes', 'must be one statement'],
		["select 'a'; select 'b'", 'must be one statement'],
		['select 1;;', 'must be one statement'],
		["select 'a", 'has a quote or a comment that does not end'],
		['select $a$ b', 'has a quote or a comment that does not end'],
		[String.raw`select 1 /* /* */ ' */ \! id --'`, 'one comment within another'],
		[String.raw`select 'a\' || '\! id --'`, 'must hold no backslash before a quote'],
		['delete from notes', 'must begin with "select"'],
	])('is one statement that ends: %s', (query, problem) => {
		expect(problemOf(query)).toContain(problem);
	});
});
