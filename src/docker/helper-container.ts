import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { z } from 'zod';

import { Access } from './access';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { DockerError } from './errors';
import { FrameDecoder } from './frames';

/** What a helper container works on; it is the only thing of the host that it sees. */
export type HelperMount = { readOnly: boolean } & (
	{ type: 'volume'; volume: string } | { type: 'hostPath'; path: string }
);

export interface HelperOptions {
	/** For people who find it in a list, e.g. `backup`. */
	purpose: string;
	/** Name of the site it works for. */
	site: string;
	mount: HelperMount;
	signal?: AbortSignal | undefined;
}

/** Marks every container this package makes for its own work. */
export const helperLabel = 'opsdesk.helper';
/** Where the volume or path is mounted in a helper. */
export const helperFolder = '/opsdesk';

/** Programs without which a helper is of no use; every busybox and every coreutils has them. */
export const neededPrograms = 'cat chmod chown dd df find mkdir mv rm rmdir stat sync touch tr wc'.split(' ');
const createdContainer = z.object({ Id: z.string().regex(/^[0-9a-f]{64}$/) });

/** A helper that runs, and our connection to its input and output. */
export interface RunningContainer {
	id: string;
	input: Socket;
	output: Readable;
}

export function permitted(connection: EngineConnection, { mount }: HelperOptions): Engine {
	const access = new Access(connection);
	access.requireAction('helper');
	if (mount.type === 'volume') access.requireVolume(mount.volume);
	else access.requireHostPath(mount.path);
	return new Engine(connection);
}

/** Resolves with undefined when the image cannot run the command. */
export async function tryToRun(
	engine: Engine,
	image: string,
	command: string[],
	options: HelperOptions,
): Promise<RunningContainer | undefined> {
	const { signal } = options;
	const name = `opsdesk-helper-${randomBytes(6).toString('hex')}`;
	const { Id } = await engine.call(
		{
			method: 'POST',
			path: '/containers/create',
			query: { name },
			body: definition(image, command, options),
			signal,
		},
		createdContainer,
	);
	try {
		const query = { stdin: '1', stdout: '1', stderr: '1', stream: '1' };
		const input = await engine.takeOver({ method: 'POST', path: `/containers/${Id}/attach`, query, signal });
		const output = new FrameDecoder();
		pipeline(input, output, () => {
			// Whoever reads the output, or asks for the exit code, is told.
		});
		signal?.addEventListener('abort', () => input.destroy(), { once: true });
		await engine.send({ method: 'POST', path: `/containers/${Id}/start`, signal });
		return { id: Id, input, output };
	} catch (thrown) {
		await remove(engine, Id);
		if (
			thrown instanceof DockerError &&
			/executable file not found|no such file|exec format/i.test(thrown.message)
		) {
			return undefined;
		}
		throw thrown;
	}
}

function definition(image: string, command: string[], { purpose, site, mount }: HelperOptions): object {
	const target = { Target: helperFolder, ReadOnly: mount.readOnly };
	return {
		Image: image,
		Entrypoint: command,
		Cmd: [],
		User: '0:0',
		WorkingDir: '/',
		OpenStdin: true,
		StdinOnce: true,
		AttachStdin: true,
		AttachStdout: true,
		AttachStderr: true,
		NetworkDisabled: true,
		Healthcheck: { Test: ['NONE'] },
		Labels: { [helperLabel]: purpose, 'opsdesk.site': site },
		HostConfig: {
			AutoRemove: true,
			NetworkMode: 'none',
			LogConfig: { Type: 'none' },
			CapDrop: ['ALL'],
			CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'],
			SecurityOpt: ['no-new-privileges'],
			PidsLimit: 64,
			Mounts: [
				mount.type === 'volume'
					? { ...target, Type: 'volume', Source: mount.volume, VolumeOptions: { NoCopy: true } }
					: { ...target, Type: 'bind', Source: mount.path },
			],
		},
	};
}

export async function remove(engine: Engine, id: string): Promise<void> {
	// v: volumes without a name that the image declares. 404 and 409: the engine is removing it by itself.
	await engine.send({
		method: 'DELETE',
		path: `/containers/${id}`,
		query: { force: 'true', v: 'true' },
		alsoAccept: [404, 409],
	});
}

export function noImage(engine: Engine): DockerError {
	return new DockerError(
		'no_helper_image',
		`No image on ${engine.endpoint} holds a shell with ${neededPrograms.join(', ')}, and work on volumes and host paths needs one.`,
		'Get a small one, for example with "docker pull busybox".',
	);
}

export function helperLost(cause?: unknown): DockerError {
	return new DockerError(
		'helper_lost',
		'The helper container ended in the middle of its work.',
		'It was probably removed by hand or by a clean-up, or the engine was restarted. Run again; leave containers with the label "opsdesk.helper" alone.',
		{ cause },
	);
}
