import { execFile } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';

import type { CheckSecrets, Finding, ProbeContext } from '../../../../src/check/probes/probe';
import { probeRedis } from '../../../../src/check/probes/services';
import { freePort } from '../../../support/free-port';
import { startRedis, type RedisServer } from '../../../support/redis';
import { Scope } from '../../../support/scope';
import { hostile, HostileServers } from './hostile-servers';
import { look, timed } from './look';
import { selfSigned } from './self-signed';

const run = promisify(execFile);
const password = 'correct-horse-battery';

let scope: Scope;
let open: RedisServer;
let closed: RedisServer;
const servers = new HostileServers();

beforeAll(async () => {
	scope = await Scope.open('probe-redis');
	open = await startRedis(scope, { name: 'open' });
	closed = await startRedis(scope, { name: 'closed', args: ['--requirepass', password] });
});

afterAll(async () => {
	await servers.close();
	await scope?.close();
});

const cli = async (server: RedisServer, ...words: string[]): Promise<string> =>
	(await run('redis-cli', ['-p', String(server.port), ...words])).stdout.trim();

const ask = (
	{ port }: { port: number },
	more: object = {},
	context?: Partial<ProbeContext>,
): Promise<Finding> =>
	look<'redis'>(probeRedis, { type: 'redis', host: '127.0.0.1', port, ...more }, context);

const signedIn = (redis: Partial<NonNullable<CheckSecrets['redis']>> = {}): Partial<ProbeContext> => ({
	secrets: { redis: { host: '127.0.0.1', port: closed.port, password, ...redis } },
});

test('answers, with the share of its memory that is taken', async () => {
	await cli(open, 'config', 'set', 'maxmemory', '100mb');
	const finding = await ask(open);
	expect(finding).toMatchObject({
		level: 'ok',
		reason: 'ok',
		details: { limited: true, maxBytes: 104857600 },
	});
	expect(finding.latencyMs).toBeGreaterThan(0);
	const info = await cli(open, 'info', 'memory');
	const used = Number(/used_memory:(\d+)/.exec(info)?.[1]);
	expect(Math.abs(Number(finding.details['usedBytes']) - used)).toBeLessThan(0.1 * used);
});

test('more memory than a threshold is a warning or a failure', async () => {
	await cli(open, 'config', 'set', 'maxmemory', '2mb');
	const at = (memory: object): Promise<Finding> => ask(open, { memory });
	expect(await at({ warning: 10 })).toMatchObject({ level: 'warning', reason: 'memory' });
	const critical = await at({ warning: 10, critical: 20 });
	expect(critical).toMatchObject({ level: 'critical', reason: 'memory' });
	expect(critical.message).toMatch(/of 2\.1 MB memory is taken \([\d.]+ %, more than 20 %\)/);
	expect(await at({ warning: 100 })).toMatchObject({ level: 'ok', reason: 'ok' });
});

test('without a limit of its own it is measured against all memory of the machine', async () => {
	await cli(open, 'config', 'set', 'maxmemory', '0');
	const finding = await ask(open, { memory: { warning: 90 } });
	expect(finding).toMatchObject({ level: 'ok', details: { limited: false } });
	expect(finding.message).toContain('of the machine memory is taken');
});

test('a server that asks for a password is unknown without one, and well with it', async () => {
	const without = await ask(closed);
	expect(without).toMatchObject({ level: 'unknown', reason: 'password_needed' });
	expect(without.message).toContain('say "authenticated"');
	expect(await ask(closed, { authenticated: true }, signedIn())).toMatchObject({ level: 'ok' });
});

test('HC-28 a wrong password is named, and not told', async () => {
	const finding = await ask(closed, { authenticated: true }, signedIn({ password: 'not-the-password' }));
	expect(finding).toMatchObject({ level: 'critical', reason: 'wrong_password' });
	expect(JSON.stringify(finding)).not.toContain('not-the-password');
	const needless = { secrets: { redis: { host: '127.0.0.1', port: open.port, password } } };
	expect(await ask(open, { authenticated: true }, needless)).toMatchObject({ reason: 'wrong_password' });
});

test('a user without the right to INFO is well, unless its memory is asked for', async () => {
	await cli(
		closed,
		'-a',
		password,
		'--no-auth-warning',
		'acl',
		'setuser',
		'watch',
		'on',
		'>watch-password',
		'+ping',
	);
	const watch = signedIn({ user: 'watch', password: 'watch-password' });
	expect(await ask(closed, { authenticated: true }, watch)).toMatchObject({ level: 'ok' });
	expect(await ask(closed, { authenticated: true, memory: { warning: 90 } }, watch)).toMatchObject({
		level: 'unknown',
		reason: 'not_authorised',
	});
});

test('HC-28 a password goes only to the host and port of its credential', async () => {
	const heard: Buffer[] = [];
	const port = await servers.start((socket) => socket.on('data', (bytes) => heard.push(bytes)));
	expect(await ask({ port }, { authenticated: true }, signedIn())).toMatchObject({
		level: 'unknown',
		reason: 'config',
	});
	expect(heard).toEqual([]);
});

test('a server that still reads its data is a failure named as such', async () => {
	const folder = scope.emptyFolder();
	const slow = [
		'--dir',
		folder,
		'--key-load-delay',
		'200',
		'--loading-process-events-interval-bytes',
		'1024',
	];
	const first = await startRedis(scope, {
		name: 'first',
		args: ['--dir', folder, '--enable-debug-command', 'yes'],
	});
	await cli(first, 'debug', 'populate', '100000');
	await cli(first, 'save');
	await first.process.end();
	const loading = await startRedis(scope, { name: 'loading', args: slow });
	const finding = await ask(loading);
	expect(finding).toMatchObject({ level: 'critical', reason: 'loading' });
	expect(finding.message).toContain('still reads its data');
	await loading.process.end('SIGKILL');
});

/** The connection by which the server was found to run may be the only one for a moment longer. */
async function takeTheOnlyPlace(port: number): Promise<Socket> {
	for (;;) {
		const socket = connect(port, '127.0.0.1');
		socket.on('error', () => undefined);
		socket.write('PING\r\n');
		const answer = await new Promise<string>((resolve) => {
			socket.once('data', (data) => resolve(data.toString()));
			socket.once('close', () => resolve(''));
		});
		if (answer.startsWith('+PONG')) return socket;
		socket.destroy();
	}
}

test('a server that takes no more connections, and one that cannot write, are named', async () => {
	const small = await startRedis(scope, { name: 'small', args: ['--maxclients', '1'] });
	const taken = await takeTheOnlyPlace(small.port);
	expect(await ask(small)).toMatchObject({ level: 'critical', reason: 'too_many_connections' });
	taken.destroy();
	const busy = await startRedis(scope, { name: 'busy', args: ['--busy-reply-threshold', '1'] });
	const script = cli(busy, 'eval', 'while true do end', '0').catch(() => undefined);
	let finding = await ask(busy);
	for (let left = 50; finding.level === 'ok' && left > 0; left -= 1) finding = await ask(busy);
	expect(finding).toMatchObject({ level: 'critical', reason: 'database_error' });
	expect(finding.message).toContain('BUSY Redis is busy running a script');
	await busy.process.end('SIGKILL');
	await script;
});

test('a certificate that nobody vouches for is refused', async () => {
	const { cert, key } = selfSigned(scope);
	const tlsPort = await freePort();
	const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert];
	const args = ['--tls-port', String(tlsPort), ...files, '--tls-auth-clients', 'no'];
	await startRedis(scope, { name: 'secure', args });
	expect(await ask({ port: tlsPort }, { tls: true })).toMatchObject({
		level: 'critical',
		reason: 'tls_failed',
		details: { tls: 'self_signed' },
	});
	const unchecked = await ask(
		{ port: tlsPort },
		{ authenticated: true },
		signedIn({ port: tlsPort, tls: 'require' }),
	);
	// It speaks TLS, and knows no password.
	expect(unchecked).toMatchObject({ level: 'critical', reason: 'wrong_password' });
});

test('HC-28 a password whose credential says TLS never goes without, whatever the check says', async () => {
	const heard: Buffer[] = [];
	const port = await servers.start((socket) => socket.on('data', (bytes) => heard.push(bytes)));
	const options = { authenticated: true, tls: false, timeoutSeconds: 1 };
	await ask({ port }, options, signedIn({ port, tls: 'verify-full' }));
	// The first byte of a TLS handshake.
	expect(heard[0]?.[0]).toBe(0x16);
	expect(Buffer.concat(heard).toString('latin1')).not.toContain(password);
});

test('TLS is not spoken where the server speaks none', async () => {
	expect(await ask(open, { tls: true, timeoutSeconds: 2 })).toMatchObject({ level: 'critical' });
});

test('HC-30 a server that is not there is named', async () => {
	expect(await ask({ port: await freePort() })).toMatchObject({
		level: 'critical',
		reason: 'refused',
		latencyMs: null,
	});
});

test.each(Object.entries(hostile))(
	'HC-30 a server that %s is a finding in time and in bounds',
	async (behaviour, serve) => {
		const port = await servers.start(serve);
		const before = process.memoryUsage().rss;
		const finding = await timed<'redis'>(probeRedis, {
			...{ type: 'redis', host: '127.0.0.1', port, timeoutSeconds: 1 },
		});
		expect(finding.level).toBe('critical');
		expect(finding.tookMs).toBeLessThan(11_000);
		expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
		const expected: Record<string, string[]> = {
			'says nothing': ['timeout'],
			'closes at once': ['closed'],
			'resets at once': ['reset', 'closed'],
			'speaks HTTP': ['unexpected_answer'],
			'sends a byte now and then': ['timeout'],
			'never ends': ['answer_too_large'],
		};
		expect(expected[behaviour]).toContain(finding.reason);
	},
);
