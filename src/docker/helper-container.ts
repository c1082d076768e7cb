import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { z } from 'zod';

import { Access } from './access';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { DockerError } from './errors';
import { FrameDecoder } from './frames';
import { helperLabel } from './own-labels';
import { resolveContainer } from './reference';
import { isAbsent, sendRemoval } from './removal';

/** What a helper container works on; it is the only thing of the host that it sees. */
export type HelperMount = { readOnly: boolean } & (
	{ type: 'volume'; volume: string } | { type: 'hostPath'; path: string }
);

export interface HelperOptions {
	/** For people who find it in a list, e.g. `backup`. */
	purpose: string;
	/** Name of the site, or of whatever else it works for. */
	site: string;
	/** Undefined for work on what every container sees of its host: the figures of its kernel below /proc. */
	mount: HelperMount | undefined;
	/** Ends what is being started or written; a helper itself lives until it is closed, so that it can clean up. */
	signal?: AbortSignal | undefined;
	/** How long a program of its own may take nothing of what it is sent, in milliseconds. Default ten minutes. */
	stallMs?: number | undefined;
}

/** Where the volume, or the allowed folder that covers the host path, is mounted in a helper. */
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

/** What the credential permits to mount, and the way from there to what was asked for. */
export interface HelperPlace {
	engine: Engine;
	mount: HelperMount | undefined;
	/** Names of folders below the mount; none for a volume. */
	below: string[];
	/** Path inside the container of what was asked for. */
	root: string;
}

/**
 * The engine follows symbolic links when it mounts a path, so the allowed folder is mounted and the rest of the way is
 * gone inside the container, where no link leads out.
 *
 * @throws DockerError `not_permitted`
 */
export function permitted(connection: EngineConnection, { mount }: HelperOptions): HelperPlace {
	const access = new Access(connection);
	access.requireAction('helper');
	const engine = new Engine(connection);
	if (mount === undefined) return { engine, mount, below: [], root: '/' };
	if (mount.type === 'volume') {
		access.requireVolume(mount.volume);
		return { engine, mount, below: [], root: helperFolder };
	}
	const folder = access.requireHostPath(mount.path);
	const below = mount.path
		.slice(folder.length)
		.split('/')
		.filter((name) => name !== '' && name !== '.');
	return { engine, mount: { ...mount, path: folder }, below, root: [helperFolder, ...below].join('/') };
}

/**
 * Resolves with undefined when the image cannot run the command.
 * @throws DockerError `path_missing` when there is no such folder on the host, `cancelled` …
 */
export async function tryToRun(
	{ engine, mount }: HelperPlace,
	image: string,
	command: string[],
	options: HelperOptions,
): Promise<RunningContainer | undefined> {
	const { signal } = options;
	const name = `opsdesk-helper-${randomBytes(6).toString('hex')}`;
	const body = definition(image, command, { ...options, mount });
	let input: Socket | undefined;
	try {
		// Without the signal, which could leave a container that nobody knows of.
		const { Id } = await engine.call(
			{ method: 'POST', path: '/containers/create', query: { name }, body },
			createdContainer,
		);
		const query = { stdin: '1', stdout: '1', stderr: '1', stream: '1' };
		input = await engine.takeOver({ method: 'POST', path: `/containers/${Id}/attach`, query, signal });
		const output = new FrameDecoder();
		pipeline(input, output, () => {
			// Whoever reads the output, or asks for the exit code, is told.
		});
		await engine.send({ method: 'POST', path: `/containers/${Id}/start`, signal });
		return { id: Id, input, output };
	} catch (thrown) {
		input?.destroy();
		await removeNamed(engine, name).catch(() => {
			// What went wrong before says more.
		});
		if (!(thrown instanceof DockerError)) throw thrown;
		if (/source path does not exist/i.test(thrown.message)) throw pathMissing(options, thrown);
		// Before what follows: the reason may well be "no such file or directory".
		if (/error while mounting volume|failed to mount/i.test(thrown.message)) {
			throw mountFailed(options, thrown);
		}
		if (/executable file not found|no such file|exec format/i.test(thrown.message)) return undefined;
		throw thrown;
	}
}

function definition(image: string, command: string[], { purpose, site, mount }: HelperOptions): object {
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
			Mounts: mount === undefined ? [] : [mountOf(mount)],
		},
	};
}

/** For when the id is not known: proxies pass a removal by id alone. */
export async function removeNamed(engine: Engine, name: string): Promise<void> {
	await remove(engine, await resolveContainer(engine, name));
}

function mountOf(mount: HelperMount): object {
	const target = { Target: helperFolder, ReadOnly: mount.readOnly };
	return mount.type === 'volume'
		? { ...target, Type: 'volume', Source: mount.volume, VolumeOptions: { NoCopy: true } }
		: { ...target, Type: 'bind', Source: mount.path };
}

/** @param id full id */
export async function remove(engine: Engine, id: string): Promise<void> {
	const path = `/containers/${id}`;
	// v: volumes without a name that the image declares. 404 and 409: the engine is removing it by itself.
	const query = { force: 'true', v: 'true' };
	// No longer than other answers: where a mount hangs the engine does it later, and a helper holds nothing that is large.
	const request = { path, query, alsoAccept: [404, 409], timeoutMs: engine.connection.timeoutSeconds * 1000 };
	await sendRemoval(engine, request, () => isAbsent(engine, `${path}/json`));
}

export function noImage(engine: Engine): DockerError {
	return new DockerError(
		'no_helper_image',
		engine.connection.helperImage === ''
			? `${engine.endpoint} has none of the images with a shell that this package knows (busybox, alpine, debian, that of n8n …), and work on volumes and host paths needs one.`
			: `The image "${engine.connection.helperImage}", which "Helper Image" of the Docker credential names, lacks a shell or one of ${neededPrograms.join(', ')}.`,
		'Get a small one, for example with "docker pull busybox", or name an image that you trust in "Helper Image" of the Docker credential (on the command line OPSDESK_HELPER_IMAGE).',
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

export function pathMissing({ mount }: HelperOptions, cause?: unknown): DockerError {
	return new DockerError(
		'path_missing',
		`The host of the container engine has no folder ${describeMount(mount)} (the source path does not exist).`,
		'Correct the path, which is meant as the host sees it, or make the directory there.',
		{ cause },
	);
}

function mountFailed({ mount }: HelperOptions, cause: DockerError): DockerError {
	return new DockerError(
		'mount_failed',
		`The container engine cannot mount ${describeMount(mount).replace(/^of /, '')}: ${cause.message}`,
		'See that what it is made of is there: for a network share its server, for a driver its plugin, for a bound folder that folder ("docker volume inspect" shows it).',
		{ cause },
	);
}

export function pathIsLink({ mount }: HelperOptions, link: string): DockerError {
	return new DockerError(
		'path_is_link',
		`${link} on the host of the container engine is a symbolic link, so ${describeMount(mount)} is not used.`,
		'Give the path that the link leads to, and add that to "Allowed Host Paths" of the credential if it should be used. Links are not followed, because they would lead out of what the credential covers.',
	);
}

function describeMount(mount: HelperMount | undefined): string {
	if (mount === undefined) return 'for its work';
	return mount.type === 'volume' ? `of the volume ${mount.volume}` : mount.path;
}
