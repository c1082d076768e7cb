import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { acknowledge, claimDue } from '../../../../src/sla';
import { openStore } from '../../../../src/store';

/** A worker that says when it is ready, and once it is told to begin claims what is due, hands it over by telling it, and acknowledges it, until nothing will be due any more. */
const { access, tenant, worker } = JSON.parse(process.argv[2] ?? '{}') as {
	access: Parameters<typeof openStore>[0];
	tenant: string;
	worker: string;
};

/** Out before it returns: who is killed right after it has handed it over. */
const tell = (
	what: 'ready' | 'handed' | 'acknowledged' | 'lost',
	ids: readonly (readonly [number, boolean])[],
): void => void writeSync(1, `${JSON.stringify({ what, ids })}\n`);

async function main(): Promise<void> {
	const store = openStore(access, { tenant });
	tell('ready', []);
	await once(process.stdin, 'data');
	process.stdin.destroy();
	for (;;) {
		const { events, nextDueAtMs, clockMs } = await claimDue(store, { worker, limit: 250, leaseMs: 2500 });
		if (events.length === 0) {
			if (nextDueAtMs === null) break;
			await sleep(Math.min(Math.max(nextDueAtMs - clockMs, 20), 300));
			continue;
		}
		tell(
			'handed',
			events.map(({ id, redelivered }) => [id, redelivered]),
		);
		const { acknowledged, lost } = await acknowledge(
			store,
			events.map(({ id }) => id),
			worker,
		);
		tell(
			'acknowledged',
			acknowledged.map((id) => [id, false]),
		);
		if (lost.length > 0)
			tell(
				'lost',
				lost.map(({ id }) => [id, false]),
			);
	}
	await store.close();
}

main().catch((thrown: unknown) => {
	process.stderr.write(`${String(thrown)}\n`);
	process.exitCode = 1;
});
