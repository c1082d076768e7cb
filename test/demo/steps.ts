import { stepTable, type FinishedStep } from './tables';

export interface StepOutcome<T> {
	value: T;
	size?: string;
	result: string;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** How often a step that takes long says so where lines cannot be rewritten. */
const reminderMs = 10_000;

/** Carries out steps and shows what is going on: a line that moves on a terminal, else a line now and then. */
export class Steps {
	readonly finished: FinishedStep[] = [];
	private readonly startedAt = performance.now();
	/** Name of each step under way and what it last said about itself. */
	private readonly running = new Map<string, string>();
	private timer: NodeJS.Timeout | undefined;
	private frame = 0;
	private silent = false;

	constructor(private readonly out: NodeJS.WriteStream) {}

	/** Two steps may run at once; each is told when it ends. `tell` shows how far a step has come. */
	async run<T>(name: string, work: (tell: (detail: string) => void) => Promise<StepOutcome<T>>): Promise<T> {
		const startedAt = performance.now();
		this.running.set(name, '');
		this.timer ??= setInterval(() => this.show(), this.out.isTTY ? 100 : reminderMs);
		try {
			const { value, size = '', result } = await work((detail) => this.running.set(name, detail));
			const seconds = (performance.now() - startedAt) / 1000;
			this.finished.push({ name, size, seconds, result });
			this.line(`✔ ${name}: ${result}${size === '' ? '' : ` (${size})`}, ${seconds.toFixed(1)} s`);
			return value;
		} catch (thrown) {
			this.line(`✘ ${name}`);
			throw thrown;
		} finally {
			this.running.delete(name);
			if (this.running.size === 0) this.stop();
		}
	}

	/** A line of its own, with the seconds since the start. */
	line(text: string): void {
		if (this.silent) return;
		this.erase();
		this.out.write(`${this.elapsed()}  ${text}\n`);
	}

	/** Nothing more is shown: what breaks off from now on does so because the user has ended it. */
	silence(): void {
		this.silent = true;
		this.erase();
		this.stop();
	}

	/** All finished steps. */
	table(): string {
		return stepTable(this.finished);
	}

	get totalSeconds(): number {
		return (performance.now() - this.startedAt) / 1000;
	}

	private show(): void {
		const names = [...this.running].map(([name, detail]) => (detail === '' ? name : `${name}: ${detail}`));
		const text = names.join(' · ');
		if (!this.out.isTTY) return this.line(`… ${text}`);
		this.frame = (this.frame + 1) % frames.length;
		const line = `${this.elapsed()}  ${frames[this.frame]} ${text}`;
		this.erase();
		this.out.write(line.slice(0, Math.max(20, this.out.columns) - 1));
	}

	private stop(): void {
		clearInterval(this.timer);
		this.timer = undefined;
	}

	private erase(): void {
		if (this.out.isTTY) this.out.write('\r\x1b[K');
	}

	private elapsed(): string {
		return `${String(Math.floor(this.totalSeconds)).padStart(4)} s`;
	}
}
