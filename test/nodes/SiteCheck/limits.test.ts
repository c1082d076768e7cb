import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDomainAllowed, type IDataObject } from 'n8n-workflow';

import type { WorkflowRun } from '../../support/in-process';
import { Scope } from '../../support/scope';
import { askAsTool as askTool, runCheck } from './run-check';

let scope: Scope;
let server: Server;
let page: string;
let asked: (string | undefined)[] = [];

beforeAll(async () => {
	scope = await Scope.open('site-check-limits');
	process.env['OPSDESK_STATE'] = scope.emptyFolder();
	server = createServer((request, response) => {
		asked.push(request.headers.authorization);
		response.end('ok');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
	delete process.env['OPSDESK_STATE'];
	server.close();
	await scope.close();
});

beforeEach(() => (asked = []));

const run = (parameters: IDataObject, header?: Record<string, string>): Promise<WorkflowRun> => {
	const httpHeaderAuth = { name: 'Authorization', value: 'Bearer very-secret', ...header };
	return runCheck(parameters, header && { credentials: { httpHeaderAuth } });
};

const limits: [allowedHttpRequestDomains: string, allowedDomains: string, isSent: boolean][] = [
	['all', 'shop.example.com', true],
	['domains', 'shop.example.com, 127.0.0.1', true],
	['domains', 'shop.example.com, *.0.0.1', true],
	['domains', '*.127.0.0.1', false],
	['domains', 'shop.example.com', false],
	['domains', '', false],
	['none', '', false],
];

test.each(limits)(
	'HC-28: the header of a credential for "%s" %j goes where n8n lets it: %s',
	async (allowedHttpRequestDomains, allowedDomains, isSent) => {
		const target = { operation: 'checkTarget', type: 'http', url: page, webOptions: { authenticated: true } };
		const done = await run(target, { allowedHttpRequestDomains, allowedDomains });
		expect(done.json('Check')).toMatchObject([{ reason: isSent ? 'ok' : 'config' }]);
		expect(asked).toEqual(isSent ? ['Bearer very-secret'] : []);
		if (allowedHttpRequestDomains === 'domains' && allowedDomains !== '')
			expect(isDomainAllowed({ url: page, allowedDomains })).toBe(isSent);
	},
);

test.each(['acknowledge', 'confirmAlert', 'silence', 'withdraw'])(
	'as a tool, %s is refused unless a person has allowed it with a literal switch',
	async (operation) => {
		const parameters = {
			operation,
			set: 'shop',
			check: 'x',
			by: 'a model',
			notices: '[]',
			reached: 'nobody',
		};
		for (const allowDestructive of [false, '={{ true }}', 'true'])
			expect(await askTool({ ...parameters, allowDestructive })).toContain(
				`As a tool, \\"${operation}\\" is not allowed.`,
			);
		expect(await askTool({ ...parameters, allowDestructive: true })).not.toContain('is not allowed');
	},
);

test('as a tool, Check Target looks at nothing inside unless a person has allowed it', async () => {
	const web = { operation: 'checkTarget', type: 'http', url: page, webOptions: { privateRedirects: true } };
	for (const allowPrivateAddresses of [false, '={{ true }}', 'true'])
		expect(await askTool({ ...web, allowPrivateAddresses })).toContain('redirect_refused');
	const port = { operation: 'checkTarget', type: 'tcp', host: '127.0.0.1', port: Number(new URL(page).port) };
	expect(await askTool(port)).toContain('127.0.0.1 is inside');
	const redis = { operation: 'checkTarget', type: 'redis', place: 'server', host: '127.0.0.1', port: 6379 };
	expect(await askTool(redis)).toContain('is not allowed');
	expect(asked).toEqual([]);
	expect(await askTool({ ...web, allowPrivateAddresses: true })).toContain('200 OK');
	expect(asked).toHaveLength(1);
});

test('as a tool, Run Checks is refused unless a person has allowed it, for it takes alerts from people', async () => {
	const list = { operation: 'runChecks', source: 'checks', set: 'tool', checks: [] };
	for (const allowDestructive of [false, '={{ true }}', 'true'])
		expect(await askTool({ ...list, allowDestructive })).toContain(
			'As a tool, \\"runChecks\\" is not allowed.',
		);
});

const web = { name: 'x', type: 'http', url: 'http://127.0.0.1:1/' };
test.each<[what: string, check: IDataObject, refusal: string]>([
	['a page inside', { ...web, privateRedirects: true }, 'redirect_refused'],
	['a port inside', { name: 'x', type: 'tcp', host: '127.0.0.1', port: 1 }, '127.0.0.1 is inside'],
	[
		'a database on a server',
		{ name: 'x', type: 'postgres', host: 'db' },
		'\\"postgres\\" of a server is not allowed',
	],
	[
		'a database in a container',
		{ name: 'x', type: 'redis', container: 'db' },
		'inside of a container is not allowed',
	],
	['a name server', { name: 'x', type: 'dns', host: 'a.example.com', server: '127.0.0.1' }, 'is not allowed'],
	[
		'the machine of the engine',
		{ name: 'x', type: 'host', via: 'engine', measure: 'disk', warning: 80 },
		'is not allowed',
	],
	['an n8n', { name: 'x', type: 'n8n', url: 'http://127.0.0.1:1' }, 'is not allowed'],
	['backups', { name: 'x', type: 'backup', site: 'shop' }, 'is not allowed'],
	[
		'a header that the model could send anywhere',
		{ ...web, authenticated: true },
		'goes to a fixed address only',
	],
])('as a tool, Run Checks does not look at %s', async (what, check, refusal) => {
	const list = { operation: 'runChecks', source: 'checks', set: 'tool', allowDestructive: true };
	const site = { name: 'shop', checks: [check] };
	const ways = [
		{ ...list, checks: `={{ ${JSON.stringify([check])} }}` },
		{ ...list, source: 'definition', definition: `={{ ${JSON.stringify(site)} }}` },
	];
	for (const way of ways) {
		for (const allowPrivateAddresses of [false, '={{ true }}'])
			expect(await askTool({ ...way, allowPrivateAddresses })).toContain(refusal);
		const isHeader = what.includes('header');
		const allowed = await askTool({ ...way, allowPrivateAddresses: true });
		expect(allowed.includes(refusal)).toBe(isHeader);
	}
});

test('HC-28: as a tool, the header of a credential goes to an address only that a person has written', async () => {
	const web = { operation: 'checkTarget', type: 'http', webOptions: { authenticated: true } };
	const open = { ...web, allowPrivateAddresses: true };
	expect(await askTool({ ...open, url: `={{ "${page}" }}` })).toContain('goes to a fixed address only');
	expect(asked).toEqual([]);
	expect(await askTool({ ...open, url: page })).not.toContain('goes to a fixed address only');
});

test.each([
	['By', { by: 'x'.repeat(501) }],
	['Note', { by: 'Ada', options: { note: 'x'.repeat(501) } }],
])('HC-29: more than 500 characters in "%s" are an error that names the field', async (field, said) => {
	for (const operation of ['acknowledge', 'silence']) {
		const done = await run({ operation, set: 'shop', check: 'x', ...said });
		expect(done.error?.message).toBe(`"${field}" has 501 characters; 500 are the most.`);
	}
});

test('as a tool, Get Metrics looks at no destination of backups, whatever is asked', async () => {
	const backups = scope.emptyFolder();
	const definition = {
		name: 'shop',
		backup: { directories: [{ name: 'www', path: backups }] },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	};
	const options = { backupSites: JSON.stringify(definition), backupsMaxAgeMinutes: 0 };
	const parameters = { operation: 'getMetrics', set: 'shop', options };
	const known = (value: number): string =>
		`opsdesk_backup_known{site=\\"shop\\",destination=\\"local\\"} ${value}`;
	expect((await askTool(parameters)).replace(/\\\\\\"/g, '\\"')).toContain(known(0));
	expect((await run(parameters)).json('Check')[0]?.['metrics']).toContain(known(1).replace(/\\/g, ''));
});
