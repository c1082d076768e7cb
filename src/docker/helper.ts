import type { Readable } from 'node:stream';

import { Tail } from '../shared';
import { openArchive, uploadArchive } from './archive';
import type { EngineConnection } from './connection';
import type { Engine } from './engine';
import { DockerError } from './errors';
import { Execution, runToEnd, type ExecOptions, type ExecResult } from './exec';
import type { Frame } from './frames';
import {
	helperFolder,
	helperLost,
	neededPrograms,
	noImage,
	pathIsLink,
	pathMissing,
	permitted,
	remove,
	tryToRun,
	type HelperOptions,
	type RunningContainer,
} from './helper-container';
import { helperImages, rememberImage } from './helper-image';
import { sweepHelpers } from './helper-sweep';
import { steady, untilLeft } from './steady';
import { within } from './within';

const keepAliveMs = 20_000;

const marks = { busy: '/.opsdesk-busy', gone: '/.opsdesk-gone' };

/** Says whether the needed programs are there, then goes the way `$1` … below `$0` without following links. */
const openScript = `for p in ${neededPrograms.join(' ')}; do command -v $p >/dev/null || exit 97; done
at=$0; depth=0
for name; do
 at="$at/$name"; depth=$((depth + 1))
 if [ -L "$at" ]; then echo "link $depth"; exit 98; fi
 if [ ! -d "$at" ]; then echo missing; exit 98; fi
done
echo ready; ${untilLeft(marks)}`;

/** Starting a container on a busy host takes longer than answering. */
const startPatience = 4;
/** A disk of the host may be asleep, or busy with what others write. */
const helperSilenceMs = 10 * 60_000;

/** What a script of a helper may do. */
export interface OutputOptions {
	signal?: AbortSignal | undefined;
	/** Is told how the script ended; without it an exit code other than 0 is an error. */
	ended?: (exitCode: number, stderr: string) => void;
}

/**
 * A container of our own for work on a volume or host path: no network, no rights but those over files, one mount at most.
 * Its life hangs on our connection to its input: when that ends, by whatever cause, the container ends and the
 * engine removes it. So none is left behind, not even by a process that was killed. It outlives the signal it was
 * opened with: whoever was cancelled has to clean up.
 */
export class Helper {
	private lost = false;
	private isLetGo = false;
	private readonly keepAlive: NodeJS.Timeout;

	private constructor(
		private readonly engine: Engine,
		private readonly container: RunningContainer,
		/** Path inside the container of what was asked for. */
		readonly root: string,
	) {
		// Proxies cut connections on which nothing moves.
		this.keepAlive = setInterval(() => container.input.write('\n'), keepAliveMs).unref();
		container.input.on('close', () => (this.lost = true));
		container.output.on('error', () => (this.lost = true));
		container.output.resume();
	}

	/** Full id of the container. */
	get id(): string {
		return this.container.id;
	}

	/**
	 * @throws DockerError `not_permitted`, `no_helper_image`, `not_found` for a volume that does not exist,
	 * `path_missing`, `path_is_link`, `timeout`, `cancelled`
	 */
	static async open(connection: EngineConnection, options: HelperOptions): Promise<Helper> {
		const place = permitted(connection, options);
		const { engine, mount, below, root } = place;
		await sweepHelpers(engine, options.signal);
		const command = ['sh', '-c', openScript, helperFolder, ...below];
		for (const image of await helperImages(engine, options.signal)) {
			const container = await tryToRun(place, image, command, options);
			if (!container) continue;
			try {
				const said = await firstOutput(container, engine, options.signal);
				if (said.startsWith('missing')) throw pathMissing(options);
				const [, depth] = /^link (\d+)/.exec(said) ?? [];
				if (depth !== undefined && mount?.type === 'hostPath') {
					throw pathIsLink(
						options,
						[mount.path.replace(/\/$/, ''), ...below.slice(0, Number(depth))].join('/'),
					);
				}
				if (said.startsWith('ready')) {
					rememberImage(engine, image);
					return new Helper(engine, container, root);
				}
			} catch (thrown) {
				await discard(engine, container);
				throw thrown;
			}
			await discard(engine, container);
		}
		throw noImage(engine);
	}

	/**
	 * Runs a shell script with arguments (`$1` …), which are never part of its text.
	 * @throws DockerError `helper_lost` when the helper has ended meanwhile
	 */
	async run(script: string, args: string[], options: ExecOptions = {}): Promise<ExecResult> {
		try {
			const command = ['sh', '-c', script, 'sh', ...args];
			return await runToEnd(this.engine, this.container.id, command, {
				silenceMs: helperSilenceMs,
				...options,
			});
		} catch (thrown) {
			throw this.lost ? helperLost(thrown) : thrown;
		}
	}

	/**
	 * The same for a script that comes to its end, or back to its beginning, whatever becomes of this process and its
	 * connection: the helper does not end before it, and signals are ignored. When it has not begun by then, it does not.
	 * @throws DockerError `helper_lost` and others; how the script ends is unknown then, and the helper is let go
	 */
	async runSteady(script: string, args: string[], options: ExecOptions = {}): Promise<ExecResult> {
		try {
			return await this.run(steady(script, marks), args, options);
		} catch (thrown) {
			this.letGo();
			throw thrown;
		}
	}

	/**
	 * What a shell script writes to stdout, as it comes.
	 * @throws DockerError `helper_lost`, `program_failed` when its exit code is not 0
	 */
	async *output(
		script: string,
		args: string[],
		{ signal, ended }: OutputOptions = {},
	): AsyncGenerator<Buffer, void, undefined> {
		const command = ['sh', '-c', script, 'sh', ...args];
		// The limit counts while nobody reads as well, and what is read may go to a slow place.
		const options = { signal, silenceMs: helperSilenceMs };
		const execution = await Execution.start(this.engine, this.container.id, command, options);
		const stderr = new Tail();
		try {
			for await (const { stream, payload } of execution.output) {
				if (stream === 'stderr') stderr.push(payload);
				else yield payload;
			}
			const exitCode = await execution.exitCode();
			if (ended) ended(exitCode, stderr.text());
			else if (exitCode !== 0) throw programFailed(exitCode, stderr.text());
		} catch (thrown) {
			throw this.lost ? helperLost(thrown) : thrown;
		} finally {
			execution.close();
		}
	}

	/** A path of the mount as a tar archive; see `openArchive` for what the reader must check. */
	archive(path: string, signal?: AbortSignal): Promise<Readable> {
		return openArchive(this.engine, this.container.id, path, signal);
	}

	/** Unpacks a tar archive into a folder of the mount. */
	upload(path: string, archive: Readable, signal?: AbortSignal): Promise<void> {
		return uploadArchive(this.engine, this.container.id, path, archive, signal);
	}

	/** It ends by itself as soon as a script that must not be interrupted has ended. */
	private letGo(): void {
		this.isLetGo = true;
		clearInterval(this.keepAlive);
		this.container.input.destroy();
	}

	async close(): Promise<void> {
		if (this.isLetGo) return;
		clearInterval(this.keepAlive);
		try {
			// While its input is there it does not end by itself, so it is gone when this has been answered.
			await remove(this.engine, this.container.id);
		} finally {
			this.container.input.destroy();
		}
	}
}

async function discard(engine: Engine, { id, input }: RunningContainer): Promise<void> {
	input.destroy();
	await remove(engine, id).catch(() => {
		// Without its input it ends by itself, and the engine removes it.
	});
}

/** @throws DockerError `timeout`, `cancelled` */
async function firstOutput(
	{ output }: RunningContainer,
	engine: Engine,
	signal: AbortSignal | undefined,
): Promise<string> {
	const first = new Promise<string>((resolve) => {
		output.once('data', ({ payload }: Frame) => resolve(payload.toString('utf8')));
		output.once('close', () => resolve(''));
	});
	const limitMs = engine.connection.timeoutSeconds * 1000 * startPatience;
	return await within(first, { limitMs, signal, what: 'the helper container to begin its work' });
}

function programFailed(exitCode: number, said: string): DockerError {
	return new DockerError(
		'program_failed',
		`A program in the helper container ended with exit code ${exitCode}: ${said || 'it gave no reason'}`,
		'Check the volume or the folder on the host, then run again.',
	);
}
