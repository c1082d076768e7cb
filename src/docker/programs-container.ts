import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { z } from 'zod';

import { Access } from './access';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { remove, removeNamed } from './helper-container';
import { sweepHelpers } from './helper-sweep';
import { networkForOwn, networkMode } from './joinable';
import type { EngineNetwork } from './network-summary';
import { helperLabel } from './own-labels';
import { ContainerPrograms } from './programs';
import { steady, untilLeft } from './steady';

const keepAliveMs = 20_000;
const createdContainer = z.object({ Id: z.string().regex(/^[0-9a-f]{64}$/) });
/** Whom programs in it run as: nobody, who owns nothing there. */
const nobody = 65_534;
/** Where nobody may write, as programs must be able to anyway. */
const marks = { busy: '/tmp/.opsdesk-busy', gone: '/tmp/.opsdesk-gone' };

export interface ProgramsContainerOptions {
	/** Id of an image the engine has. */
	image: string;
	/** Name of a network of the engine; that of new containers unless given. */
	network?: string | undefined;
	/** For people who find it in a list. */
	purpose: string;
	signal?: AbortSignal | undefined;
}

/**
 * A container of our own for the programs of an image, with a network and nothing of the host. As with other helpers its life
 * hangs on our connection to its input: when that ends, by whatever cause, the container ends and the engine
 * removes it, as soon as no steady script runs in it.
 */
export class ProgramsContainer {
	/** Numeric user and group the programs run as. */
	readonly user = nobody;

	private constructor(
		private readonly engine: Engine,
		private readonly input: Socket,
		private readonly keepAlive: NodeJS.Timeout,
		readonly programs: ContainerPrograms,
	) {}

	/** @throws DockerError `not_permitted`, `not_found` for a network that does not exist, `cancelled` … */
	static async open(
		connection: EngineConnection,
		options: ProgramsContainerOptions,
	): Promise<ProgramsContainer> {
		const { signal } = options;
		const access = new Access(connection);
		access.requireAction('helper');
		const engine = new Engine(connection);
		const network = await networkForOwn(engine, access, options);
		await sweepHelpers(engine, signal);
		const name = `opsdesk-helper-${randomBytes(6).toString('hex')}`;
		let input: Socket | undefined;
		try {
			// Without the signal, which could leave a container that nobody knows of.
			const { Id } = await engine.call(
				{ method: 'POST', path: '/containers/create', query: { name }, body: definition(options, network) },
				createdContainer,
			);
			const query = { stdin: '1', stream: '1' };
			const socket = await engine.takeOver({
				method: 'POST',
				path: `/containers/${Id}/attach`,
				query,
				signal,
			});
			input = socket;
			socket.on('error', () => {
				// Whatever runs there is lost with it, and says so.
			});
			await engine.send({ method: 'POST', path: `/containers/${Id}/start`, signal });
			// Proxies cut connections on which nothing moves.
			const keepAlive = setInterval(() => socket.write('\n'), keepAliveMs).unref();
			const own = { ...connection, allowedContainers: [name] };
			const programs = await ContainerPrograms.of(own, name, signal);
			return new ProgramsContainer(engine, socket, keepAlive, programs);
		} catch (thrown) {
			input?.destroy();
			await removeNamed(engine, name).catch(() => {
				// What went wrong before says more.
			});
			throw thrown;
		}
	}

	/** A shell script that comes to its end whatever becomes of this process and its connection. */
	steady(script: string): string {
		return steady(script, marks);
	}

	/** Leaves it to itself: it ends as soon as no steady script runs there. */
	letGo(): void {
		clearInterval(this.keepAlive);
		this.input.destroy();
	}

	/** Ends what runs there and removes it. Never cancelled, and nothing the second time. */
	async close(): Promise<void> {
		clearInterval(this.keepAlive);
		if (this.input.destroyed) return;
		try {
			await remove(this.engine, this.programs.id);
		} finally {
			this.input.destroy();
		}
	}
}

function definition(
	{ image, purpose }: ProgramsContainerOptions,
	network: EngineNetwork | undefined,
): object {
	return {
		Image: image,
		Entrypoint: ['sh', '-c', untilLeft(marks)],
		Cmd: [],
		User: `${nobody}:${nobody}`,
		WorkingDir: '/',
		OpenStdin: true,
		StdinOnce: true,
		AttachStdin: true,
		Healthcheck: { Test: ['NONE'] },
		Labels: { [helperLabel]: purpose },
		HostConfig: {
			AutoRemove: true,
			...(network !== undefined && { NetworkMode: networkMode(network) }),
			LogConfig: { Type: 'none' },
			CapDrop: ['ALL'],
			SecurityOpt: ['no-new-privileges'],
			PidsLimit: 64,
		},
	};
}
