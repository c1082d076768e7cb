import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import type { TestEngine } from '../../support/engine';

const eventSchema = z.object({
	Action: z.string(),
	Actor: z.object({ ID: z.string() }),
	timeNano: z.number(),
});

export interface EngineEvent {
	/** As the engine says it, e.g. `health_status: unhealthy`. */
	action: string;
	/** By the engine's clock, in milliseconds since 1970. */
	atMs: number;
}

/** What the engine tells of its containers from now on, heard beside the product and without it. */
export class EngineEvents {
	private readonly heard = new Map<string, EngineEvent[]>();

	private constructor(private readonly stream: Readable) {
		const lines = createInterface(stream).on('line', (line) => this.hear(line));
		// The engine may end first; whoever waits for an event then says so.
		lines.on('error', () => undefined);
	}

	static async listen({ docker }: TestEngine): Promise<EngineEvents> {
		const stream = await docker.getEvents({ filters: { type: ['container'] } });
		return new EngineEvents(new Readable().wrap(stream));
	}

	/** Of one container, oldest first. */
	of(id: string): readonly EngineEvent[] {
		return this.heard.get(id) ?? [];
	}

	/**
	 * The first event of a container that is one of these actions and not before an instant.
	 * @throws when there is none within 30 seconds
	 */
	async first(id: string, actions: readonly string[], fromMs = 0): Promise<EngineEvent> {
		const deadline = Date.now() + 30_000;
		for (;;) {
			const found = this.of(id).find(({ action, atMs }) => actions.includes(action) && atMs >= fromMs);
			if (found) return found;
			if (Date.now() > deadline) {
				const seen = this.of(id).map(({ action }) => action);
				throw new Error(`No ${actions.join(', ')} within 30 seconds, but: ${seen.join(', ') || 'nothing'}.`);
			}
			await sleep(20);
		}
	}

	end(): void {
		this.stream.destroy();
	}

	private hear(line: string): void {
		const { Action: action, Actor, timeNano } = eventSchema.parse(JSON.parse(line));
		// Each health check is three of them.
		if (action.startsWith('exec_')) return;
		this.heard.set(Actor.ID, [...this.of(Actor.ID), { action, atMs: timeNano / 1e6 }]);
	}
}
