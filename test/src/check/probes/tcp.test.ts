import { askTcp } from './checks';
import { closeServers, raw } from './servers';
import { freePort } from '../../../support/free-port';

afterAll(closeServers);

test('HC-12 a port that takes connections is well, whether it speaks first or waits', async () => {
	const silent = await raw(() => undefined);
	const finding = await askTcp('127.0.0.1', silent);
	expect(finding).toMatchObject({ level: 'ok', reason: 'ok', details: { address: '127.0.0.1' } });
	expect(finding.message).toMatch(
		new RegExp(`^Port ${silent} of 127.0.0.1 took a connection after \\d+ ms\\.$`),
	);
	expect(finding.latencyMs).toBeLessThan(5000);
	// Who greets is there, and may then hang up.
	const mail = await raw((socket) => void socket.end('220 mail ESMTP\r\n'));
	expect(await askTcp('127.0.0.1', mail)).toMatchObject({ level: 'ok' });
});

test('HC-12 refused, reset and closed at once are told apart', async () => {
	const port = await freePort();
	expect(await askTcp('127.0.0.1', port)).toMatchObject({
		level: 'critical',
		reason: 'refused',
		message: `Nothing listens at 127.0.0.1:${port}; the connection was refused.`,
		latencyMs: null,
	});
	const reset = await raw((socket) => void socket.resetAndDestroy());
	expect(await askTcp('127.0.0.1', reset)).toMatchObject({ level: 'critical', reason: 'reset' });
	const closed = await raw((socket) => void socket.end());
	expect(await askTcp('127.0.0.1', closed)).toMatchObject({
		level: 'critical',
		reason: 'closed',
		message: `127.0.0.1:${closed} takes connections, but closes them at once.`,
	});
});

test('HC-12 a port that is checked leaves no connection behind', async () => {
	const sockets: Promise<void>[] = [];
	const port = await raw((socket) => {
		socket.resume();
		sockets.push(new Promise((resolve) => socket.once('close', () => resolve())));
	});
	await askTcp('127.0.0.1', port);
	expect(sockets).toHaveLength(1);
	await Promise.all(sockets);
});
