import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { openStand, transportNames, type Stand, type TransportName } from '../store/stand';

let stand: Stand;
const started: ChildProcess[] = [];

beforeAll(async () => {
	stand = await openStand('chat-deliveries');
});
afterAll(async () => {
	for (const child of started) child.kill('SIGKILL');
	await stand?.close();
});

interface Worker {
	child: ChildProcess;
	/** What it has said: the id of a message and what became of it. */
	told: Array<[id: string, status: string]>;
	ended: Promise<unknown>;
}

function deliver(transport: TransportName, tenant: string, deliveries: number): Worker {
	const { supabase } = stand;
	const access =
		transport === 'supabase'
			? { supabase: { url: supabase.url, key: supabase.secretKey } }
			: { postgres: { connectionString: supabase.ownerUrl } };
	const child = spawn(
		process.execPath,
		[
			...['--require', join(__dirname, '../../support/typescript.cjs'), join(__dirname, 'deliverer.ts')],
			JSON.stringify({ access, tenant, deliveries, messages: 1000 }),
		],
		{ stdio: ['ignore', 'pipe', 'inherit'] },
	);
	started.push(child);
	const told: Worker['told'] = [];
	let rest = '';
	child.stdout?.on('data', (chunk: Buffer) => {
		const lines = `${rest}${chunk.toString()}`.split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) told.push(...(JSON.parse(line) as Worker['told']));
	});
	return { child, told, ended: once(child, 'close') };
}

test.each(transportNames)(
	'50 deliveries of 1,000 messages at once by four processes over %s, one of them killed: each is stored once, and nothing acknowledged is lost',
	async (transport) => {
		const tenant = await stand.tenant();
		const workers = [13, 13, 12, 12].map((deliveries) => deliver(transport, tenant, deliveries));
		const [victim, ...others] = workers;
		await new Promise<void>((resolve) => {
			victim?.child.stdout?.once('data', () => {
				victim.child.kill('SIGKILL');
				resolve();
			});
		});
		await Promise.all(workers.map(({ ended }) => ended));
		expect(victim?.child.signalCode).toBe('SIGKILL');
		expect(others.map(({ child }) => child.exitCode)).toEqual([0, 0, 0]);
		expect(others.map(({ told }) => told.length)).toEqual([13_000, 12_000, 12_000]);
		const rows = await stand.supabase.exec<{ id: string }>(
			'select external_id as id from opsdesk.messages where tenant_id = $1',
			[tenant],
		);
		const kept = new Set(rows.map(({ id }) => id));
		expect([rows.length, kept.size]).toEqual([1000, 1000]);
		for (const [id] of victim?.told ?? []) expect(kept).toContain(id);
		const created = workers.flatMap(({ told }) =>
			told.filter(([, status]) => status === 'created').map(([id]) => id),
		);
		expect(new Set(created).size).toBe(created.length);
		// Who was killed may have created some and told nobody.
		expect(created.length).toBeGreaterThan(0);
	},
);
