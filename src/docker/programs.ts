import type { Readable } from 'node:stream';

import { Access } from './access';
import { uploadArchive } from './archive';
import type { EngineConnection } from './connection';
import { requireRunning } from './container/running';
import { Engine } from './engine';
import { Execution, runToEnd, type ExecOptions, type ExecResult } from './exec';
import { findContainer } from './find';
import { nameOf } from './summary';

/** A running container of the user's in which programs are run, within the rights of the credential. */
export class ContainerPrograms {
	private constructor(
		private readonly engine: Engine,
		/** Full id: what was checked is what is acted on, even when the name goes to another container meanwhile. */
		readonly id: string,
		readonly name: string,
		readonly image: string,
	) {}

	/** @throws DockerError `not_permitted`, `not_found`, `not_running` */
	static async of(
		connection: EngineConnection,
		reference: string,
		signal?: AbortSignal,
	): Promise<ContainerPrograms> {
		const engine = new Engine(connection);
		const container = await findContainer(engine, new Access(connection), 'exec', reference, signal);
		const name = nameOf(container.Name);
		requireRunning(container);
		return new ContainerPrograms(engine, container.Id, name, container.Config.Image);
	}

	/** Starts a program whose output is read as it comes. */
	start(command: string[], options: ExecOptions = {}): Promise<Execution> {
		return Execution.start(this.engine, this.id, command, options);
	}

	/** Runs a short program to its end. */
	run(command: string[], options: ExecOptions = {}): Promise<ExecResult> {
		return runToEnd(this.engine, this.id, command, options);
	}

	/** Unpacks a tar archive into a folder of the container. */
	upload(folder: string, archive: Readable, signal?: AbortSignal): Promise<void> {
		return uploadArchive(this.engine, this.id, folder, archive, signal);
	}
}
