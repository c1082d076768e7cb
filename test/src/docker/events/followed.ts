import {
	EventFollower,
	type DockerEvent,
	type EngineConnection,
	type FollowOptions,
	type HistoryGap,
} from '../../../../src/docker';
import { poll } from '../../../support/n8n/poll';

/** A follower at work, for tests. */
export interface Followed {
	readonly follower: EventFollower;
	readonly items: (DockerEvent | HistoryGap)[];
	readonly connections: number;
	readonly failures: string[];
	/** `create site`, or `history_gap`, in the order they came. */
	told(): string[];
	gaps(): HistoryGap[];
	/** Waits until it is so. */
	until(condition: () => boolean, timeoutMs?: number): Promise<void>;
	stop(): Promise<void>;
}

const running = new Set<Followed>();

afterEach(async () => {
	for (const followed of running) await followed.stop();
});

/** Follows the events of an engine until `stop`, or the end of the test; resolves once the connection is there. */
export async function follow(connection: EngineConnection, options: FollowOptions = {}): Promise<Followed> {
	const ending = new AbortController();
	const counts = { connections: 0 };
	const failures: string[] = [];
	const items: Followed['items'] = [];
	const follower = new EventFollower(() => connection, ending.signal, {
		random: () => 0.1,
		...options,
		onConnected: () => (counts.connections += 1),
		onFailure: ({ code }) => failures.push(code),
	});
	const work = (async () => {
		for await (const item of follower) items.push(item);
	})();
	const followed: Followed = {
		follower,
		items,
		failures,
		get connections() {
			return counts.connections;
		},
		told: () => items.map((item) => ('name' in item ? `${item.action} ${item.name}` : item.type)),
		gaps: () => items.filter((item) => item.type === 'history_gap'),
		until: async (condition, timeoutMs = 120_000) => {
			if (await poll(timeoutMs, () => Promise.resolve(condition() ? true : undefined))) return;
			throw new Error(
				`Told until now: ${followed.told().slice(-20).join(', ')}; failures: ${failures.join(', ')}`,
			);
		},
		stop: async () => {
			running.delete(followed);
			ending.abort();
			await work;
		},
	};
	running.add(followed);
	await followed.until(() => followed.connections > 0);
	return followed;
}
