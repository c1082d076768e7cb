import type { Readable } from 'node:stream';

import { openArchive, uploadArchive } from './archive';
import type { EngineConnection } from './connection';
import type { Engine } from './engine';
import { DockerError } from './errors';
import { Execution, runToEnd, Tail, type ExecOptions, type ExecResult } from './exec';
import type { Frame } from './frames';
import {
	helperLost,
	neededPrograms,
	noImage,
	permitted,
	remove,
	tryToRun,
	type HelperOptions,
	type RunningContainer,
} from './helper-container';
import { helperImages, rememberImage } from './helper-image';

const keepAliveMs = 20_000;

/**
 * A container of our own for work on a volume or host path: no network, no rights but those over files, one mount.
 * Its life hangs on our connection to its input: when that ends, by whatever cause, the container ends and the
 * engine removes it. So none is left behind, not even by a process that was killed.
 */
export class Helper {
	private lost = false;
	private readonly keepAlive: NodeJS.Timeout;

	private constructor(
		private readonly engine: Engine,
		private readonly container: RunningContainer,
	) {
		// Proxies cut connections on which nothing moves.
		this.keepAlive = setInterval(() => container.input.write('\n'), keepAliveMs).unref();
		container.input.on('close', () => (this.lost = true));
		container.output.on('error', () => (this.lost = true));
		container.output.resume();
	}

	/**
	 * @throws DockerError `not_permitted`, `no_helper_image`, `not_found` for a volume that does not exist,
	 * `source_missing` in the engine's words for a path that does not
	 */
	static async open(connection: EngineConnection, options: HelperOptions): Promise<Helper> {
		const engine = permitted(connection, options);
		const script = `for p in ${neededPrograms.join(' ')}; do command -v $p >/dev/null || exit 97; done; echo ready; exec cat >/dev/null`;
		for (const image of await helperImages(engine, options.signal)) {
			const container = await tryToRun(engine, image, ['sh', '-c', script], options);
			if (container && (await firstOutput(container)).startsWith('ready')) {
				rememberImage(engine, image);
				return new Helper(engine, container);
			}
			if (container) await remove(engine, container.id);
		}
		throw noImage(engine);
	}

	/**
	 * Runs a shell script with arguments (`$1` …), which are never part of its text.
	 * @throws DockerError `helper_lost` when the helper has ended meanwhile
	 */
	async run(script: string, args: string[], options: ExecOptions = {}): Promise<ExecResult> {
		try {
			return await runToEnd(this.engine, this.container.id, ['sh', '-c', script, 'sh', ...args], options);
		} catch (thrown) {
			throw this.lost ? helperLost(thrown) : thrown;
		}
	}

	/**
	 * What a shell script writes to stdout, as it comes.
	 * @throws DockerError `helper_lost`, `program_failed` when its exit code is not 0
	 */
	async *output(
		script: string,
		args: string[],
		signal?: AbortSignal,
	): AsyncGenerator<Buffer, void, undefined> {
		const command = ['sh', '-c', script, 'sh', ...args];
		const execution = await Execution.start(this.engine, this.container.id, command, { signal });
		const stderr = new Tail();
		try {
			for await (const { stream, payload } of execution.output) {
				if (stream === 'stderr') stderr.push(payload);
				else yield payload;
			}
			const exitCode = await execution.exitCode();
			if (exitCode !== 0) throw programFailed(exitCode, stderr.text());
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

	async close(): Promise<void> {
		clearInterval(this.keepAlive);
		this.container.input.destroy();
		await remove(this.engine, this.container.id);
	}
}

async function firstOutput({ output }: RunningContainer): Promise<string> {
	const first: Promise<string> = new Promise((resolve) => {
		output.once('data', ({ payload }: Frame) => resolve(payload.toString('utf8')));
		output.once('close', () => resolve(''));
	});
	return await first;
}

function programFailed(exitCode: number, said: string): DockerError {
	return new DockerError(
		'program_failed',
		`A program in the helper container ended with exit code ${exitCode}: ${said || 'it gave no reason'}`,
		'Check the volume or the folder on the host, then run again.',
	);
}
