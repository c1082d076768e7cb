import type { Patience } from '../patience';
import type { Space } from '../space';
import type { ArtefactWriter, Destination } from './destination';

/** A destination whose disk may stop answering: each step ends after some time, and none follows it. */
export class PatientDestination implements Destination {
	readonly label: string;

	constructor(
		private readonly destination: Destination,
		private readonly patience: Patience,
	) {
		this.label = destination.label;
	}

	async create(path: string): Promise<ArtefactWriter> {
		const writer = await this.patience.wait(() => this.destination.create(path));
		return {
			write: (bytes) => this.patience.wait(() => writer.write(bytes)),
			commit: () => this.patience.wait(() => writer.commit()),
			abort: () => this.patience.tidyUp(() => writer.abort()),
		};
	}

	async *read(path: string): AsyncGenerator<Buffer, void, undefined> {
		const pieces = this.destination.read(path)[Symbol.asyncIterator]();
		try {
			for (;;) {
				const next = await this.patience.wait(() => pieces.next());
				if (next.done === true) return;
				yield next.value;
			}
		} finally {
			await this.patience.tidyUp(async () => void (await pieces.return?.()));
		}
	}

	readSmall(path: string, maxBytes: number): Promise<Buffer | undefined> {
		return this.patience.wait(() => this.destination.readSmall(path, maxBytes));
	}

	createNew(path: string, content: Buffer): Promise<boolean> {
		return this.patience.wait(() => this.destination.createNew(path, content));
	}

	touch(path: string): Promise<void> {
		return this.patience.wait(() => this.destination.touch(path));
	}

	stamp(path: string): Promise<string | undefined> {
		return this.patience.wait(() => this.destination.stamp(path));
	}

	rename(path: string, name: string): Promise<boolean> {
		return this.patience.wait(() => this.destination.rename(path, name));
	}

	list(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
		return this.patience.wait(() => this.destination.list(folder));
	}

	sizeBytes(path: string): Promise<number | undefined> {
		return this.patience.wait(() => this.destination.sizeBytes(path));
	}

	remove(path: string): Promise<void> {
		return this.patience.wait(() => this.destination.remove(path));
	}

	space(): Promise<Space> {
		return this.patience.wait(() => this.destination.space());
	}

	close(): Promise<void> {
		return this.patience.tidyUp(() => this.destination.close());
	}
}
