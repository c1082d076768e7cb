import { Tail } from '../shared';
import type { EngineConnection } from './connection';
import type { Engine } from './engine';
import type { Frame } from './frames';
import {
	helperLost,
	noImage,
	permitted,
	remove,
	tryToRun,
	type HelperOptions,
	type RunningContainer,
} from './helper-container';
import { helperImages } from './helper-image';
import { within } from './within';

const defaultStallMs = 10 * 60_000;
/** At its end a program may force to disk what the host has kept in memory, and nothing of that is seen here. */
const endPatience = 6;

/**
 * A program in a helper container of its own that reads what it is sent. It lives until it is closed; the signal it
 * was started with ends the waiting alone.
 */
export class HelperProgram {
	private readonly stderr = new Tail();
	private stdout = '';
	private readonly ended: Promise<void>;
	private hasEnded = false;
	/** Of the write that is under way. */
	private failWrite: ((reason: unknown) => void) | undefined;

	private constructor(
		private readonly engine: Engine,
		private readonly container: RunningContainer,
		private readonly options: HelperOptions,
	) {
		container.output.on('data', ({ stream, payload }: Frame) => {
			if (stream === 'stderr') this.stderr.push(payload);
			else this.stdout = (this.stdout + payload.toString('utf8')).slice(-1024);
		});
		this.ended = new Promise((resolve) => container.output.on('close', resolve));
		container.output.on('close', () => {
			this.hasEnded = true;
			// A connection that is just closed drops what waits without a word.
			this.failWrite?.(helperLost());
		});
		container.input.on('error', () => {
			// The exit code says whether it was successful.
		});
	}

	/** Starts a shell script with arguments (`$1` …). The last one of its commands decides on the exit code. */
	static async start(
		connection: EngineConnection,
		script: string,
		args: string[],
		options: HelperOptions,
	): Promise<HelperProgram> {
		const place = permitted(connection, options);
		const { engine } = place;
		// The line at the end proves that the script came to its end; a container that is killed writes none.
		const whole = `(${script}); echo "exit $?"`;
		for (const image of await helperImages(engine, options.signal)) {
			const container = await tryToRun(place, image, ['sh', '-c', whole, 'sh', ...args], options);
			if (container) return new HelperProgram(engine, container, options);
		}
		throw noImage(engine);
	}

	/**
	 * Resolves when the bytes are on their way and their memory may be used again.
	 * @throws DockerError `helper_lost` when it has ended, `timeout` when it takes nothing, `cancelled`
	 */
	async write(bytes: Buffer): Promise<void> {
		const { input } = this.container;
		if (this.hasEnded || input.destroyed || !input.writable) throw helperLost();
		const written = new Promise<void>((resolve, reject) => {
			this.failWrite = reject;
			input.write(bytes, (error) => (error ? reject(helperLost(error)) : resolve()));
		});
		await this.patiently(written, 'take what it is sent', 1);
		if (input.destroyed) throw helperLost();
	}

	/**
	 * Ends the input and waits for the program's end.
	 * @throws DockerError `helper_lost`, `timeout`, `cancelled`
	 */
	async end(): Promise<{ exitCode: number; stderr: string }> {
		this.container.input.end();
		await this.patiently(this.ended, 'come to its end', endPatience);
		const [, exitCode] = /exit (\d+)\s*$/.exec(this.stdout) ?? [];
		if (exitCode === undefined) throw helperLost();
		return { exitCode: Number(exitCode), stderr: this.stderr.text() };
	}

	/** Ends the program and removes its container. */
	async close(): Promise<void> {
		this.container.input.destroy();
		await remove(this.engine, this.container.id);
	}

	private async patiently<T>(work: Promise<T>, todo: string, patience: number): Promise<T> {
		const { signal, stallMs = defaultStallMs } = this.options;
		const what = `the program in the helper container (${this.options.purpose}) to ${todo}`;
		try {
			return await within(work, { limitMs: stallMs * patience, signal, what });
		} catch (thrown) {
			this.container.input.destroy();
			throw thrown;
		}
	}
}
