import { StateError, type MetricFamily, type MetricSample, type StateStore } from '../../shared';
import type { HealRecord } from './record';
import { HealStore } from './store';

/** So many containers of an engine are told one by one, those in trouble first; the sums count all. */
const mostContainers = 500;

/** What healing remembers of one engine; undefined where that cannot be read. */
interface Remembered {
	engine: string;
	records: readonly HealRecord[] | undefined;
}

/**
 * What healing has done and what is left to people, of all engines. Containers that healing had nothing to do with lately
 * are not among them. Nothing is asked of any engine.
 *
 * @throws StateError `state_unavailable`
 */
export async function healMetrics(store: StateStore): Promise<MetricFamily[]> {
	const all: Remembered[] = [];
	for (const [engine, kept] of await HealStore.all(store))
		all.push({ engine, records: await kept.records().catch(unreadable) });
	const ofEngines = (
		name: string,
		help: string,
		valueOf: (records: readonly HealRecord[]) => number,
	): MetricFamily => ({
		name: `opsdesk_heal_${name}`,
		help,
		samples: all.flatMap(({ engine, records }): MetricSample[] =>
			records === undefined ? [] : [{ labels: { engine }, value: valueOf(records) }],
		),
	});
	const ofContainers = (
		name: string,
		help: string,
		valueOf: (record: HealRecord) => number | undefined,
	): MetricFamily => ({
		name: `opsdesk_heal_${name}`,
		help,
		samples: all.flatMap(({ engine, records = [] }) =>
			told(records).flatMap((record): MetricSample[] => {
				const value = valueOf(record);
				return value === undefined ? [] : [{ labels: { engine, container: record.name }, value }];
			}),
		),
	});
	return [
		{
			name: 'opsdesk_heal_memory_readable',
			help: '1 when what healing remembers can be read, else 0: then nothing is restarted.',
			samples: all.map(({ engine, records }) => ({
				labels: { engine },
				value: Number(records !== undefined),
			})),
		},
		ofEngines(
			'quarantined_containers',
			'Containers in quarantine, which are left to a person.',
			(records) => records.filter(({ quarantinedAt }) => quarantinedAt !== null).length,
		),
		ofEngines(
			'troubled_containers',
			'Containers of whose trouble a person was told, and that has not ended.',
			(records) => records.filter(({ open }) => open).length,
		),
		ofContainers('quarantined', '1 while the container is in quarantine, else 0.', ({ quarantinedAt }) =>
			Number(quarantinedAt !== null),
		),
		ofContainers(
			'quarantined_since_timestamp_seconds',
			'Since when the container is in quarantine.',
			({ quarantinedAt }) => (quarantinedAt === null ? undefined : quarantinedAt / 1000),
		),
		ofContainers(
			'recent_attempts',
			'Restarts and starts by healing that still count towards quarantine.',
			({ attempts }) => attempts.length,
		),
		ofContainers(
			'last_attempt_timestamp_seconds',
			'When healing last restarted or started it.',
			({ attempts }) => (attempts.length === 0 ? undefined : Math.max(...attempts) / 1000),
		),
	];
}

function told(records: readonly HealRecord[]): HealRecord[] {
	const rank = ({ quarantinedAt, open }: HealRecord): number => (quarantinedAt !== null ? 0 : open ? 1 : 2);
	return records
		.filter(({ attempts, quarantinedAt, open }) => attempts.length > 0 || quarantinedAt !== null || open)
		.sort((one, other) => rank(one) - rank(other))
		.slice(0, mostContainers);
}

function unreadable(thrown: unknown): undefined {
	if (thrown instanceof StateError && thrown.code === 'state_invalid') return undefined;
	throw thrown;
}
