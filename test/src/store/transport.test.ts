import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { storeMessages } from '../../../src/chat';
import { openStore, StoreError, type Store, type StoreAccess } from '../../../src/store';
import { freePort } from '../../support/free-port';
import { message } from '../chat/messages';
import { openStand, transportNames, type Stand } from './stand';

let stand: Stand;
const servers: Array<Server | TcpServer> = [];

beforeAll(async () => {
	stand = await openStand('store-transport');
});
afterEach(() => {
	for (const server of servers.splice(0)) {
		if ('closeAllConnections' in server) server.closeAllConnections();
		server.close();
	}
});
afterAll(() => stand?.close());

const info = { answer: z.object({ version: z.number(), tenant: z.boolean() }), repeatable: true };
const failure = (store: Store, options = info): Promise<StoreError> =>
	store.call('store_info', {}, options).then(
		() => Promise.reject(new Error('it went well')),
		(thrown: StoreError) => thrown,
	);

async function listening(server: Server | TcpServer): Promise<number> {
	servers.push(server);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return (server.address() as AddressInfo).port;
}

/** A way to the project that a test can make difficult; `handle` answers true when it has dealt with a request. */
async function gatewayWith(handle: RequestListener): Promise<string> {
	return `http://127.0.0.1:${await listening(createServer(handle))}`;
}

async function forward(...[request, response]: Parameters<RequestListener>): Promise<void> {
	const body: Buffer[] = [];
	for await (const chunk of request) body.push(chunk as Buffer);
	const headers = Object.entries(request.headers).filter(
		([name]) => !['host', 'connection', 'content-length'].includes(name),
	);
	const answer = await fetch(`${stand.supabase.url}${request.url}`, {
		method: request.method ?? 'POST',
		headers: headers as Array<[string, string]>,
		body: Buffer.concat(body),
	});
	response.writeHead(answer.status, { 'content-type': 'application/json' });
	response.end(await answer.text());
}

const over = (url: string, options = {}): Store =>
	openStore({ supabase: { url, key: stand.supabase.secretKey } }, { attempts: 3, ...options });

describe.each(transportNames)('over %s', (transport) => {
	test('a function is called for the tenant, and its answer parsed', async () => {
		expect(await stand.open(transport).call('store_info', {}, info)).toMatchObject({ tenant: true });
		expect(await stand.open(transport, { tenant: 'x' }).call('store_info', {}, info)).toMatchObject({
			tenant: false,
		});
	});

	test('CS-32 a function that is missing says which command mends it', async () => {
		const store = stand.open(transport);
		await expect(store.call('of_tomorrow', {}, info)).rejects.toMatchObject({
			code: 'schema_outdated',
			message: expect.stringContaining('no function "of_tomorrow"'),
			remedy: expect.stringMatching(/opsdesk schema apply.*NOTIFY pgrst/),
		});
	});

	test('CS-32 a schema that is not there, or not exposed, says what to do', async () => {
		const access: StoreAccess =
			transport === 'supabase'
				? { schema: 'elsewhere', supabase: { url: stand.supabase.url, key: stand.supabase.secretKey } }
				: { schema: 'elsewhere', postgres: { connectionString: stand.supabase.ownerUrl } };
		const store = openStore(access);
		const error = await failure(store);
		await store.close();
		if (transport === 'supabase')
			expect(error).toMatchObject({
				code: 'schema_not_exposed',
				sourceCode: 'PGRST106',
				remedy: expect.stringContaining('add "elsewhere" to "Exposed schemas"'),
			});
		else
			expect(error).toMatchObject({
				code: 'schema_missing',
				remedy: expect.stringContaining('opsdesk schema apply'),
			});
	});

	test('an answer in an unknown form is an error, not a result', async () => {
		const odd = { answer: z.object({ colour: z.string() }), repeatable: true };
		await expect(stand.open(transport).call('store_info', {}, odd)).rejects.toMatchObject({
			code: 'unexpected_answer',
			message: expect.stringContaining('colour'),
		});
	});

	test('a statement that takes too long is given up in time, and the store works afterwards', async () => {
		await stand.supabase.exec(
			`create or replace function opsdesk.doze(tenant text, request jsonb) returns jsonb language sql as
				$$ select to_jsonb(pg_sleep(60)::text) $$; grant execute on function opsdesk.doze to service_role`,
		);
		await stand.supabase.schemaReloaded();
		const store = stand.open(transport, { timeoutMs: 300, attempts: 1 });
		const startedAt = Date.now();
		await expect(store.call('doze', {}, { answer: z.unknown(), repeatable: false })).rejects.toMatchObject({
			code: 'timeout',
			message: expect.stringContaining('within 0.3 s'),
		});
		expect(Date.now() - startedAt).toBeLessThan(30_000);
		expect(await stand.open(transport).call('store_info', {}, info)).toMatchObject({ tenant: true });
	});

	test('CS-25 a call that the database has ended is repeated, because it is undone, unless its length is final', async () => {
		await stand.supabase.exec(
			`create sequence if not exists opsdesk.tries; alter sequence opsdesk.tries restart;
			create or replace function opsdesk.tired(tenant text, request jsonb) returns jsonb language plpgsql security definer as
				$$ begin
					if nextval('opsdesk.tries') < 3 then raise exception 'too long' using errcode = request ->> 'state'; end if;
					return currval('opsdesk.tries');
				end $$; grant execute on function opsdesk.tired to service_role`,
		);
		await stand.supabase.schemaReloaded();
		const store = stand.open(transport);
		// Under load the interface hears of the function a moment later.
		const code = () =>
			store.call('tired', {}, info).then(
				() => '',
				(thrown: StoreError) => thrown.code,
			);
		for (let tries = 0; tries < 50 && (await code()) === 'schema_outdated'; tries += 1) await sleep(100);
		const answer = z.number();
		for (const state of ['57014', '55P03']) {
			await stand.supabase.exec('alter sequence opsdesk.tries restart');
			const once = { answer, repeatable: true, lateIsFinal: true };
			await expect(store.call('tired', { state }, once)).rejects.toMatchObject({ code: 'timeout' });
			expect(await store.call('tired', { state }, { answer, repeatable: false })).toBe(3);
		}
	});

	test('who gives up gets the reason given', async () => {
		const signal = AbortSignal.abort(new Error('enough'));
		await expect(stand.open(transport).call('store_info', {}, { ...info, signal })).rejects.toThrow('enough');
	});

	test('a server that is not there is told after the attempts', async () => {
		const port = await freePort();
		const store = openStore(
			transport === 'supabase'
				? { supabase: { url: `http://127.0.0.1:${port}`, key: 'k' } }
				: { postgres: { connectionString: `postgresql://postgres:pw-of-nobody@127.0.0.1:${port}/postgres` } },
			{ attempts: 2 },
		);
		const error = await failure(store);
		expect(error).toMatchObject({ code: 'unavailable', remedy: expect.stringContaining('server runs') });
		expect(JSON.stringify(error) + error.message + String(error.stack)).not.toContain('pw-of-nobody');
	});

	test('CS-28 neither key nor password stand in an error about a refused credential', async () => {
		const store = openStore(
			transport === 'supabase'
				? { supabase: { url: stand.supabase.url, key: 'sb_secret_wrong' } }
				: { postgres: { connectionString: stand.supabase.ownerUrl.replace(/:[^:@]+@/, ':wrong-pw@') } },
		);
		const error = await failure(store);
		expect(error.code).toBe('not_authorised');
		expect(JSON.stringify(error) + error.message + String(error.stack)).not.toMatch(
			/sb_secret_wrong|wrong-pw/,
		);
		await store.close();
	});
});

test('the key of the old kind works as the new one', async () => {
	const store = openStore({ supabase: { url: stand.supabase.url, key: stand.supabase.serviceKey } });
	expect(await store.call('store_info', {}, info)).toMatchObject({ tenant: true });
});

test.each([429, 503])('CS-25 after a %i the call is made again', async (status) => {
	let requests = 0;
	const url = await gatewayWith((request, response) => {
		requests += 1;
		if (requests < 3) response.writeHead(status).end('{"message":"not now"}');
		else void forward(request, response);
	});
	expect(await over(url).call('store_info', {}, info)).toMatchObject({ tenant: true });
	expect(requests).toBe(3);
});

test('CS-25 an answer that is lost is asked for again, nothing is doubled, and the caller learns what it created', async () => {
	const tenant = await stand.tenant();
	let requests = 0;
	const url = await gatewayWith((request, response) => {
		requests += 1;
		if (requests > 1) return void forward(request, response);
		const lost = { writeHead: () => undefined, end: () => request.socket.destroy() };
		void forward(request, lost as unknown as typeof response);
	});
	const [one, two] = [message(), message()];
	const answers = await storeMessages(over(url, { tenant }), [one, two]);
	expect(answers.map(({ status }) => status)).toEqual(['created', 'created']);
	expect(requests).toBe(2);
	expect(
		await stand.supabase.exec('select count(*)::int from opsdesk.messages where tenant_id = $1', [tenant]),
	).toEqual([{ count: 2 }]);
});

test('CS-25 what may not be repeated is not, when it is unknown whether it was done', async () => {
	let requests = 0;
	const url = await gatewayWith((request) => {
		requests += 1;
		request.socket.destroy();
	});
	const error = await failure(over(url), { ...info, repeatable: false });
	expect(error.code).toBe('unavailable');
	expect(requests).toBe(1);
});

test('CS-24 an error in the body is an error, with code and remedy, and is not repeated', async () => {
	let requests = 0;
	const url = await gatewayWith((_request, response) => {
		requests += 1;
		response.writeHead(400).end('{"code":"22P02","message":"invalid input syntax for type bigint"}');
	});
	expect(await failure(over(url))).toMatchObject({
		code: 'invalid_input',
		sourceCode: '22P02',
		remedy: expect.stringContaining('Correct the value'),
	});
	expect(requests).toBe(1);
});

test('CS-25 a connection to PostgreSQL that is cut is made anew', async () => {
	const store = stand.open('postgres');
	await store.call('store_info', {}, info);
	await stand.supabase.exec(
		`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'opsdesk'`,
	);
	expect(await store.call('store_info', {}, info)).toMatchObject({ tenant: true });
});

test('CS-25 what speaks no PostgreSQL is told in time', async () => {
	const port = await listening(createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
	const store = openStore(
		{ postgres: { connectionString: `postgresql://postgres:pw@127.0.0.1:${port}/postgres` } },
		{ attempts: 1 },
	);
	expect(await failure(store)).toBeInstanceOf(StoreError);
});

test.each([
	{ supabase: { url: 'https://user:pw@example.com', key: 'k' } },
	{ supabase: { url: 'no address', key: 'k' } },
	{ supabase: { url: 'https://example.com', key: 'a key\nwith lines' } },
	{ schema: 'a"; drop schema x', postgres: {} },
	{ schema: 'pg_catalog', postgres: {} },
] satisfies StoreAccess[])('an access that cannot be used is refused at once (%#)', (access) => {
	expect(() => openStore(access)).toThrow(StoreError);
});
