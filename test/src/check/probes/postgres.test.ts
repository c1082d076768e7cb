import { chownSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

import type { Finding, ProbeContext } from '../../../../src/check/probes/probe';
import { probePostgres } from '../../../../src/check/probes/services';
import { freePort } from '../../../support/free-port';
import { Scope } from '../../../support/scope';
import { startPostgres, startStandby, type PostgresServer } from '../../../support/supabase/postgres';
import { hostile, HostileServers } from './hostile-servers';
import { look, timed } from './look';
import { selfSigned } from './self-signed';

let scope: Scope;
let server: PostgresServer;
const servers = new HostileServers();

beforeAll(async () => {
	scope = await Scope.open('probe-postgres');
	server = await startPostgres(scope, { settings: { max_connections: '10', wal_level: 'replica' } });
});

afterAll(async () => {
	await servers.close();
	await scope?.close();
});

const secretsFor = (port: number, password = server.password): Partial<ProbeContext> => ({
	secrets: { postgres: { host: '127.0.0.1', port, user: 'postgres', password } },
});

const ask = (more: object = {}, context?: Partial<ProbeContext>): Promise<Finding> =>
	look<'postgres'>(
		probePostgres,
		{ type: 'postgres', host: '127.0.0.1', port: server.port, ...more },
		context,
	);

test('signs in with the password of the credential and tells how many connections are taken', async () => {
	const finding = await until(() => ask({ authenticated: true }, secretsFor(server.port)), taking(1));
	expect(finding).toMatchObject({ level: 'ok', reason: 'ok' });
	expect(finding.details).toMatchObject({ standby: false, connections: 1, maxConnections: 10 });
	expect(finding.latencyMs).toBeGreaterThan(0);
	expect(finding.message).toContain('1 of 10 connections are taken (10 %)');
});

test('without a password a server that asks for one takes connections, as pg_isready says', async () => {
	const finding = await ask();
	expect(finding).toMatchObject({ level: 'ok', reason: 'ok' });
	expect(finding.message).toContain('it asks for a password, so no query was made');
});

test('without a password nobody knows how many connections are taken', async () => {
	expect(await ask({ connections: { warning: 50 } })).toMatchObject({ level: 'unknown', reason: 'config' });
});

test('no password of the environment is ever sent', async () => {
	process.env['PGPASSWORD'] = server.password;
	try {
		const finding = await ask();
		expect(finding.message).toContain('it asks for a password');
	} finally {
		delete process.env['PGPASSWORD'];
	}
});

test('over a socket that trusts everybody it answers a query without a password', async () => {
	const finding = await until(() => ask({ host: server.socketFolder }), taking(1));
	expect(finding).toMatchObject({ level: 'ok', details: { standby: false, connections: 1 } });
});

test('connections beyond a threshold are a warning, and a failure beyond the other; the threshold itself is not', async () => {
	const taken = await Promise.all([1, 2, 3].map(() => connected()));
	try {
		const at = (connections: object) =>
			until(() => ask({ authenticated: true, connections }, secretsFor(server.port)), taking(4));
		expect(await at({ warning: 40, critical: 50 })).toMatchObject({ level: 'ok', reason: 'ok' });
		const warned = await at({ warning: 39, critical: 50 });
		expect(warned).toMatchObject({ level: 'warning', reason: 'connections' });
		expect(warned.message).toContain('4 of 10 connections are taken (40 %, more than 39 %)');
		expect(await at({ warning: 10, critical: 39 })).toMatchObject({
			level: 'critical',
			reason: 'connections',
		});
	} finally {
		await Promise.all(taken.map((client) => client.end()));
	}
});

test('a server whose connections are all taken is named as such', async () => {
	const taken = await Promise.all(Array.from({ length: 10 }, () => connected()));
	try {
		const finding = await ask({ authenticated: true }, secretsFor(server.port));
		expect(finding).toMatchObject({ level: 'critical', reason: 'too_many_connections' });
		// What asks for no password finds it out as well: it is refused before.
		expect(await ask({ host: server.socketFolder })).toMatchObject({ reason: 'too_many_connections' });
	} finally {
		await Promise.all(taken.map((client) => client.end()));
	}
});

test('HC-28 a wrong password, a role and a database that do not exist are named, and no password is told', async () => {
	const wrong = await ask({ authenticated: true }, secretsFor(server.port, 'not-the-password'));
	expect(wrong).toMatchObject({ level: 'critical', reason: 'wrong_password' });
	expect(JSON.stringify(wrong)).not.toContain('not-the-password');
	const nobody = await ask({ host: server.socketFolder, user: 'nobody-at-all' });
	expect(nobody.message).toContain('does not let the role "nobody-at-all" in');
	const missing = await ask({ host: server.socketFolder, database: 'nowhere' });
	expect(missing).toMatchObject({ level: 'critical', reason: 'database_missing' });
});

test('HC-28 a password goes only to the host and port of its credential', async () => {
	const heard: Buffer[] = [];
	const port = await servers.start((socket) => socket.on('data', (bytes) => heard.push(bytes)));
	const finding = await ask({ port, authenticated: true }, secretsFor(server.port));
	expect(finding).toMatchObject({ level: 'unknown', reason: 'config' });
	expect(finding.message).toContain(
		`is for 127.0.0.1:${server.port}, and the check is for 127.0.0.1:${port}`,
	);
	expect(heard).toEqual([]);
	expect(await ask({ authenticated: true })).toMatchObject({ level: 'unknown', reason: 'config' });
});

test('a server that must speak TLS and does not is a failure; one that may is asked without', async () => {
	expect(await ask({ tls: 'require' })).toMatchObject({ level: 'critical', reason: 'tls_failed' });
	expect(await ask({ tls: 'prefer' })).toMatchObject({ level: 'ok' });
});

test('a certificate that nobody vouches for is refused where it is to be checked, and only there', async () => {
	const { cert, key } = selfSigned(scope);
	const { uid, gid } = statSync(server.socketFolder);
	for (const file of [cert, key]) chownSync(file, uid, gid);
	const settings = { ssl: 'on', ssl_cert_file: cert, ssl_key_file: key };
	const secure = await startPostgres(scope, { name: 'secure', settings });
	const at = (tls: string): Promise<Finding> =>
		ask({ port: secure.port, authenticated: true, tls }, secretsFor(secure.port, secure.password));
	const refused = await at('verify-full');
	expect(refused).toMatchObject({ level: 'critical', reason: 'tls_failed', details: { tls: 'self_signed' } });
	expect(await at('require')).toMatchObject({ level: 'ok' });
	expect(await at('prefer')).toMatchObject({ level: 'ok' });
	expect(await at('disable')).toMatchObject({ level: 'ok' });
	const own = { host: '127.0.0.1', port: secure.port, user: 'postgres', password: secure.password };
	const least = (tls: 'require' | 'verify-full'): Promise<Finding> =>
		ask(
			{ port: secure.port, authenticated: true, tls: 'disable' },
			{ secrets: { postgres: { ...own, tls } } },
		);
	// A password goes over no less than its credential says.
	expect(await least('verify-full')).toMatchObject({ level: 'critical', reason: 'tls_failed' });
	expect(await least('require')).toMatchObject({ level: 'ok' });
	await secure.process.end('SIGINT');
});

test('a standby is told as such', async () => {
	const standby = await startStandby(scope, server);
	const finding = await ask({ host: standby.socketFolder, port: standby.port });
	expect(finding).toMatchObject({ level: 'ok', details: { standby: true } });
	expect(finding.message).toContain('a standby, read-only');
	await standby.process.end('SIGINT');
});

test('a server that starts or stops takes no connections, which is named as such', async () => {
	const stopping = await startPostgres(scope, { name: 'stopping' });
	const client = await connected(stopping);
	// It waits for those who are connected, and takes nobody else.
	process.kill(stopping.process.pid, 'SIGTERM');
	const finding = await until(
		() => ask({ port: stopping.port }),
		({ level }) => level !== 'ok',
	);
	expect(finding).toMatchObject({ level: 'critical', reason: 'not_accepting' });
	expect(finding.message).toContain('the database system is shutting down');
	await client.end();
});

test('HC-30 a server that is not there, and a host nobody knows, are named', async () => {
	expect(await ask({ port: await freePort() })).toMatchObject({
		level: 'critical',
		reason: 'refused',
		latencyMs: null,
	});
	expect(await ask({ host: 'no-such-host.invalid' })).toMatchObject({
		level: 'critical',
		reason: expect.stringMatching(/^dns_/),
	});
});

describe.each(Object.entries(hostile))('a server that %s', (behaviour, serve) => {
	test.each(['disable', 'prefer'])('HC-30 is a finding in time and in bounds (TLS: %s)', async (tls) => {
		const port = await servers.start(serve);
		const before = process.memoryUsage().rss;
		const finding = await timed<'postgres'>(probePostgres, {
			type: 'postgres',
			...{ host: '127.0.0.1', port, timeoutSeconds: 1, tls: tls as 'disable' | 'prefer' },
		});
		expect(finding.level).toBe('critical');
		expect(finding.tookMs).toBeLessThan(11_000);
		expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
		if (behaviour === 'says nothing') expect(finding.reason).toBe('timeout');
		if (behaviour === 'closes at once') expect(finding.reason).toBe('closed');
		if (behaviour === 'never ends' && tls === 'disable') expect(finding.reason).toBe('answer_too_large');
		if (behaviour === 'resets at once') expect(['reset', 'closed']).toContain(finding.reason);
	});
});

/** A server needs a moment to let go of those that have ended. */
const taking =
	(connections: number) =>
	({ details }: Finding): boolean =>
		details['connections'] === connections;

async function until(ask: () => Promise<Finding>, isSo: (finding: Finding) => boolean): Promise<Finding> {
	for (let left = 2400; ; left -= 1) {
		const finding = await ask();
		if (isSo(finding) || left === 0) return finding;
		await sleep(50);
	}
}

async function connected({ socketFolder, port } = server): Promise<Client> {
	for (;;) {
		const client = new Client({ host: socketFolder, port, user: 'supabase_admin', database: 'postgres' });
		client.on('error', () => undefined);
		try {
			await client.connect();
			return client;
		} catch (thrown) {
			// Those that have ended may still be counted.
			if ((thrown as { code?: string }).code !== '53300') throw thrown;
			await sleep(50);
		}
	}
}
