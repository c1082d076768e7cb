import { z } from 'zod';

import { parseAnswer } from './answer';
import type { Engine } from './engine';
import { remove } from './helper-container';
import { helperLabel } from './own-labels';

/** Between being made and being started lie moments; an hour allows for a host that hangs. */
const oldSeconds = 3600;

const helpers = z.array(z.object({ Id: z.string().regex(/^[0-9a-f]{64}$/), Created: z.number() }));

/**
 * Removes helper containers that do not run and are older than an hour: a process that is killed between making and
 * starting one leaves it, and only what has run is removed by the engine itself. Age is told by the clock of the engine's
 * host where it is known. Whatever goes wrong here is left to the next time.
 */
export async function sweepHelpers(engine: Engine, signal: AbortSignal | undefined): Promise<void> {
	const path = '/containers/json';
	const filters = JSON.stringify({ label: [helperLabel], status: ['created', 'exited', 'dead'] });
	try {
		const answer = await engine.send({ path, query: { all: 'true', filters }, signal });
		const now = Date.parse(answer.headers.date ?? '') || Date.now();
		for (const { Id, Created } of parseAnswer(answer, `GET ${path}`, helpers)) {
			if (now / 1000 - Created > oldSeconds) await remove(engine, Id);
		}
	} catch {
		// The work itself does not need it.
	}
}
