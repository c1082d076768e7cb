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

const text = z.string().nullish();
const info = z.looseObject({ ID: text, Name: text, DockerRootDir: text, SystemTime: text });

/** @throws DockerError */
export async function engineFacts(engine: Engine, signal?: AbortSignal): Promise<EngineFacts> {
	const askedAt = Date.now();
	const said = await engine.call({ path: '/info', signal }, info).catch((thrown: unknown) => {
		if (thrown instanceof DockerError && thrown.code === 'proxy_refused') return undefined;
		throw thrown;
	});
	const told = nanoseconds(said?.SystemTime ?? '') ?? (await engineSecond(engine, signal));
	// Machines that were cloned, and several engines on one machine, may have the same id.
	const own = said?.ID ? [said.ID, said.Name, said.DockerRootDir].join('\n') : engine.endpoint;
	return { id: own, clockAheadMs: differenceOf(Number(told / 1_000_000n), askedAt, Date.now()) };
}

/**
 * When the engine looked at its clock between question and answer is not known, and a busy one needs seconds: only what
 * they do not explain is a difference of the clocks.
 */
function differenceOf(told: number, askedAt: number, answeredAt: number): number {
	if (told > answeredAt) return told - answeredAt;
	return Math.min(0, told - askedAt);
}
