import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { ownGrace } from '../managed';
import { sendRemoval } from '../removal';
import { isUnanswered, mayStillComeAbout, startPatienceMs } from '../uncertain';
import { imageDetails, replaceable, type ImageDetails, type Replaceable } from './shapes';

const created = z.object({ Id: z.string().regex(/^[0-9a-f]{64}$/) });
/** The engine's status for what already is as asked for. */
const alreadySo = 304;
/** How long a process that was killed may take to end, for example while it waits for a disk; and how often is asked. */
const killPatienceMs = 20_000;
const askAgainMs = 300;

/**
 * The single requests an update is made of. Each can be repeated: what already is so is no error. None takes a signal: a
 * request that changes something is not to be cut in the middle, nobody would know what became of it.
 */
export class EngineSteps {
	constructor(readonly engine: Engine) {}

	/** Undefined when there is none of this id or name. */
	async look(container: string): Promise<Replaceable | undefined> {
		try {
			return await this.engine.call({ path: `/containers/${container}/json` }, replaceable);
		} catch (thrown) {
			if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
			throw thrown;
		}
	}

	async image(reference: string): Promise<ImageDetails | undefined> {
		const path = `/images/${reference.split('/').map(encodeURIComponent).join('/')}/json`;
		try {
			return await this.engine.call({ path }, imageDetails);
		} catch (thrown) {
			if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
			throw thrown;
		}
	}

	/** @returns the full id */
	async create(name: string, body: unknown): Promise<string> {
		const request = { method: 'POST', path: '/containers/create', query: { name }, body } as const;
		return (await this.engine.call(request, created)).Id;
	}

	async start(id: string): Promise<void> {
		const path = `/containers/${id}/start`;
		const timeoutMs = this.engine.connection.timeoutSeconds * 1000 + startPatienceMs;
		const send = () => this.engine.send({ method: 'POST', path, timeoutMs, alsoAccept: [alreadySo] });
		try {
			await send();
		} catch (thrown) {
			if (!isUnanswered(thrown)) throw thrown;
			// The engine does one thing with a container after the other, and then says that it runs already.
			await send();
		}
	}

	/**
	 * Where the engine does not say that it is done, the end is waited for: a container that ends later would be started in vain.
	 *
	 * @param graceSeconds before the kill; the container's own time when undefined
	 */
	async stop(container: Replaceable, graceSeconds: number | undefined): Promise<void> {
		try {
			await this.sendStop(container, graceSeconds);
		} catch (thrown) {
			if (!mayStillComeAbout(thrown) || !(await this.endsWithin(container.Id, killPatienceMs))) throw thrown;
		}
	}

	private async sendStop(container: Replaceable, graceSeconds: number | undefined): Promise<void> {
		const graceMs = (graceSeconds ?? ownGrace(container)) * 1000;
		await this.engine.send({
			method: 'POST',
			path: `/containers/${container.Id}/stop`,
			...(graceSeconds !== undefined && { query: { t: String(graceSeconds) } }),
			alsoAccept: [alreadySo],
			timeoutMs: this.engine.connection.timeoutSeconds * 1000 + graceMs,
		});
	}

	async rename(id: string, name: string): Promise<void> {
		await this.post(`/containers/${id}/rename`, { name });
	}

	/** @param volumes also those without a name of their own that belong to it alone */
	async remove(id: string, { volumes }: { volumes: boolean }): Promise<void> {
		const query = { force: 'true', v: String(volumes) };
		const request = { path: `/containers/${id}`, query, alsoAccept: [404] };
		await sendRemoval(this.engine, request, async () => (await this.look(id)) === undefined);
	}

	async join(network: string, id: string, settings: unknown): Promise<void> {
		await this.engine.send({
			method: 'POST',
			path: `/networks/${encodeURIComponent(network)}/connect`,
			body: { Container: id, EndpointConfig: settings },
		});
	}

	async leave(network: string, id: string): Promise<void> {
		await this.engine.send({
			method: 'POST',
			path: `/networks/${encodeURIComponent(network)}/disconnect`,
			body: { Container: id, Force: false },
		});
	}

	/** Whether it is seen within that time that the container runs no more. */
	private async endsWithin(id: string, limitMs: number): Promise<boolean> {
		const until = Date.now() + limitMs;
		while (Date.now() < until) {
			const found = await this.look(id).catch(() => null);
			if (found !== null && found?.State.Running !== true) return true;
			await sleep(askAgainMs);
		}
		return false;
	}

	private async post(path: string, query: Record<string, string> = {}): Promise<void> {
		await this.engine.send({ method: 'POST', path, query, alsoAccept: [alreadySo] });
	}
}
