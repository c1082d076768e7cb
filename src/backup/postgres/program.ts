import type { ContainerPrograms, Execution } from '../../docker';
import { Tail } from '../../shared';
import type { PostgresProgram } from './programs';

/** Asks it to end, and kills it when it does not; where there is no `sleep`, at once. */
const endScript =
	'kill "$1" || exit 0; for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || exit 0; sleep 0.2 2>/dev/null || break; done; kill -9 "$1"';

/**
 * A program in the user's container that is ended when nobody wants its output any more: the engine would let it run
 * on to nobody. The shell that becomes it tells its process id first, since there is no other way to end it.
 */
export class StoppableProgram implements PostgresProgram {
	exitCode: number | undefined;
	private readonly stderr = new Tail();
	private id: string | undefined;

	constructor(
		private readonly programs: ContainerPrograms,
		private readonly program: string,
		private readonly args: string[],
		private readonly options: {
			env: string[];
			/** `uid` or `uid:gid`; the container's own unless given. */
			user?: string;
			silenceMs: number;
			signal?: AbortSignal | undefined;
		},
	) {}

	/** Starts it and yields what it writes to stdout; `exitCode` is known after the end. */
	async *output(): AsyncGenerator<Buffer, void, undefined> {
		const command = ['sh', '-c', 'echo $$ >&2; exec "$@"', 'sh', this.program, ...this.args];
		const execution = await this.programs.start(command, this.options);
		try {
			yield* this.content(execution);
			this.exitCode = await execution.exitCode();
		} finally {
			execution.close();
			if (this.exitCode === undefined) await this.stop();
		}
	}

	/** What it has written to stderr. */
	said(): string {
		return this.stderr.text().replace(/^\d+(\n|$)/, '');
	}

	private async *content(execution: Execution): AsyncGenerator<Buffer, void, undefined> {
		for await (const { stream, payload } of execution.output) {
			if (stream === 'stdout') {
				yield payload;
				continue;
			}
			this.stderr.push(payload);
			this.id ??= /^(\d+)\n/.exec(`${this.stderr.text()}\n`)?.[1];
		}
	}

	private async stop(): Promise<void> {
		if (this.id === undefined) return;
		// Every shell has `kill` in itself; as a program it is missing in many images.
		const { user } = this.options;
		const command = ['sh', '-c', endScript, 'sh', this.id];
		await this.programs.run(command, user === undefined ? {} : { user }).catch(() => {
			// The container is gone or the program has ended; its work has failed in any case.
		});
	}
}
