import { z } from 'zod';

import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { nanoseconds } from '../events/event';
import { engineSecond } from '../events/read';

/** What tells an engine from others, and what its clock says. */
export interface EngineFacts {
	/** The same however the engine is reached; its address where it does not tell. */
	id: string;
	/** Milliseconds to add to the own clock. */
	clockAheadMs: number;
}

const info = z.looseObject({ ID: z.string().nullish(), SystemTime: z.string().nullish() });

/** @throws DockerError */
export async function engineFacts(engine: Engine, signal?: AbortSignal): Promise<EngineFacts> {
	const said = await engine.call({ path: '/info', signal }, info).catch((thrown: unknown) => {
		if (thrown instanceof DockerError && thrown.code === 'proxy_refused') return undefined;
		throw thrown;
	});
	const now = nanoseconds(said?.SystemTime ?? '') ?? (await engineSecond(engine, signal));
	return { id: said?.ID || engine.endpoint, clockAheadMs: Number(now / 1_000_000n) - Date.now() };
}
