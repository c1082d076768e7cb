import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IDataObject } from 'n8n-workflow';

import { Scope } from '../../support/scope';
import { runCheck as run } from './run-check';

let scope: Scope;
let server: Server;
let page: string;

beforeAll(async () => {
	scope = await Scope.open('site-check-credentials');
	process.env['OPSDESK_STATE'] = scope.emptyFolder();
	server = createServer((_, response) => void response.end('{"ok":true,"items":200}'));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
	delete process.env['OPSDESK_STATE'];
	server.close();
	await scope.close();
});

const checks = (): IDataObject[] => [
	{ name: 'Page', type: 'http', url: page },
	{ name: 'Database', type: 'postgres', host: '127.0.0.1', authenticated: true },
	{ name: 'Web', type: 'container', container: 'shop-web' },
];

test('a credential that cannot be used makes the checks unknown that need it, and no others', async () => {
	const done = await run(
		{ operation: 'runChecks', source: 'checks', set: 'shop', checks: checks() },
		{
			credentials: {
				postgres: { host: '127.0.0.1', port: 5432, user: 'x', password: 'very-secret', sshTunnel: true },
				dockerApi: { connectionType: 'socket', socketPath: '', accessLevel: 'read' },
			},
		},
	);
	const results = done.json('Check', 0);
	const of = (name: string) => results.find((result) => result['name'] === name);
	expect(of('Page')).toMatchObject({ status: 'ok' });
	expect(of('Database')).toMatchObject({ status: 'unknown', reason: 'config' });
	expect(of('Database')?.['message']).toMatch(/"postgres".* SSH tunnel/);
	expect(of('Web')).toMatchObject({ status: 'unknown' });
	expect(JSON.stringify(results)).not.toContain('very-secret');
});

test('a credential that is selected but not signed in with is not used', async () => {
	const credentials = { postgres: { host: '127.0.0.1', port: 5432, user: 'x', password: 'very-secret' } };
	const list = { operation: 'runChecks', source: 'checks', set: 'other', checks: checks().slice(1, 2) };
	const [result] = (await run(list, { credentials, signInWith: [] })).json('Check', 0);
	expect(result).toMatchObject({ status: 'unknown', reason: 'config' });
	expect(result?.['message']).toContain('there is no Postgres credential');
});

test.each([
	['$.ok', 'true', 'ok'],
	['$.items', '200', 'ok'],
	['$.items', '201', 'json_mismatch'],
	['$.ok', 'yes', 'json_mismatch'],
])(
	'a JSON value in the field is meant as text and as what it is: %s %s → %s',
	async (path, value, reason) => {
		const web = { jsonPath: path, jsonEquals: value };
		const done = await run({ operation: 'checkTarget', type: 'http', url: page, webOptions: web });
		expect(done.json('Check')).toMatchObject([{ reason }]);
	},
);
