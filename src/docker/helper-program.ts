import { once } from 'node:events';

import type { EngineConnection } from './connection';
import type { Engine } from './engine';
import { Tail } from './exec';
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

/** A program in a helper container of its own that reads what it is sent. */
export class HelperProgram {
	private readonly stderr = new Tail();
	private stdout = '';
	private readonly ended: Promise<void>;

	private constructor(
		private readonly engine: Engine,
		private readonly container: RunningContainer,
	) {
		container.output.on('data', ({ stream, payload }: Frame) => {
			if (stream === 'stderr') this.stderr.push(payload);
			else this.stdout = (this.stdout + payload.toString('utf8')).slice(-1024);
		});
		this.ended = new Promise((resolve) => container.output.on('close', resolve));
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
		const engine = permitted(connection, options);
		// The line at the end proves that the script came to its end; a container that is killed writes none.
		const whole = `(${script}); echo "exit $?"`;
		for (const image of await helperImages(engine, options.signal)) {
			const container = await tryToRun(engine, image, ['sh', '-c', whole, 'sh', ...args], options);
			if (container) return new HelperProgram(engine, container);
		}
		throw noImage(engine);
	}

	/** Resolves when the program takes more; rejects when it has ended. */
	async write(bytes: Buffer): Promise<void> {
		const { input } = this.container;
		if (input.destroyed || !input.writable) throw helperLost();
		if (input.write(bytes)) return;
		await Promise.race([once(input, 'drain'), this.ended]);
		if (input.destroyed) throw helperLost();
	}

	/** Ends the input and waits for the program's end. */
	async end(): Promise<{ exitCode: number; stderr: string }> {
		this.container.input.end();
		await this.ended;
		const [, exitCode] = /exit (\d+)\s*$/.exec(this.stdout) ?? [];
		if (exitCode === undefined) throw helperLost();
		return { exitCode: Number(exitCode), stderr: this.stderr.text() };
	}

	/** What it has complained about so far. */
	complaints(): string {
		return this.stderr.text();
	}

	/** Ends the program and removes its container. */
	async close(): Promise<void> {
		this.container.input.destroy();
		await remove(this.engine, this.container.id);
	}
}
