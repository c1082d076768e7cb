import { z } from 'zod';

import { describeFaults, messageInputSchema, parseInput } from '../../shared';
import type { Parsed } from './channel';
import type { ChannelEvent, MessageEvent } from './event';
import type { BrokenEntry } from './request';

/** Gathers what the parts of a request say; one that cannot be read keeps none of the others out. */
export class Collector {
	readonly events: ChannelEvent[] = [];
	readonly broken: BrokenEntry[] = [];

	/**
	 * @param path of the part in the body
	 * @param part as it came, kept when it cannot be read
	 */
	take(path: string, part: Origin, read: () => ChannelEvent[]): void {
		try {
			for (const event of read()) this.add(path, event);
		} catch (thrown) {
			if (!(thrown instanceof z.ZodError)) throw thrown;
			const problem = thrown.issues
				.slice(0, 3)
				.map((issue) => `${issue.path.join('.') || '(whole entry)'}: ${issue.message}`)
				.join('; ');
			this.refuse(path, problem, part);
		}
	}

	/** Keeps raw what has no other form. */
	refuse(path: string, problem: string, { id, platform, account, raw }: Origin): void {
		this.broken.push({ path, problem });
		this.events.push({ kind: 'unsupported', type: 'broken', id, platform, account, raw });
	}

	get parsed(): Parsed {
		return { events: this.events, broken: this.broken };
	}

	private add(path: string, event: ChannelEvent): void {
		if (event.kind !== 'message') {
			this.events.push(event);
			return;
		}
		const checked = parseInput(messageInputSchema, event.message);
		if (checked.ok) this.events.push({ ...event, message: checked.value } satisfies MessageEvent);
		else this.refuse(path, describeFaults(checked.faults.slice(0, 3)), event);
	}
}

/** Where something came from, which it keeps whatever becomes of it. */
export type Origin = Pick<ChannelEvent, 'id' | 'platform' | 'account' | 'raw'>;
