import type { MetricFamily, MetricSample } from '../../shared';
import type { BackupFigures, DestinationFigures } from './figures';

/** What is known of backups, as figures. Instants and not ages, so that a figure that is not renewed is seen to be old. */
export function backupMetrics(all: readonly BackupFigures[]): MetricFamily[] {
	const family = (
		name: string,
		help: string,
		valueOf: (of: DestinationFigures, site: BackupFigures) => number | undefined,
	): MetricFamily => ({
		name: `opsdesk_backup_${name}`,
		help,
		samples: all.flatMap((site) =>
			site.destinations.flatMap((destination): MetricSample[] => {
				const value = valueOf(destination, site);
				return value === undefined ? [] : [{ labels: labelsOf(site, destination), value }];
			}),
		),
	});
	return [
		family('known', '1 when the destination could be read, else 0.', ({ known }) => Number(known)),
		family('last_look_timestamp_seconds', 'When the destination was last looked at.', (_, { checkedAt }) =>
			seconds(checkedAt),
		),
		family(
			'newest_good_timestamp_seconds',
			'When the newest good restore point was begun; absent when there is none.',
			({ newestGood }) => seconds(newestGood?.at),
		),
		family(
			'newest_good_size_bytes',
			'What it takes at the destination.',
			({ newestGood }) => newestGood?.bytes,
		),
		family(
			'newest_verified_timestamp_seconds',
			'When the newest restore point that is proved was begun; absent when none is.',
			({ newestVerified }) => seconds(newestVerified?.at),
		),
		family(
			'last_verification_timestamp_seconds',
			'When the newest restore point that is proved was verified.',
			({ newestVerified }) => seconds(newestVerified?.verifiedAt),
		),
		family('last_rehearsal_timestamp_seconds', 'When a restore was last rehearsed.', ({ lastDrill }) =>
			seconds(lastDrill?.at),
		),
		family(
			'last_rehearsal_proved',
			'1 when the last rehearsal proved everything, else 0.',
			({ lastDrill }) => lastDrill && Number(lastDrill.proved),
		),
		family(
			'last_rehearsal_duration_seconds',
			'How long the last rehearsal took.',
			({ lastDrill }) => lastDrill && lastDrill.durationMs / 1000,
		),
		family(
			'last_good_rehearsal_timestamp_seconds',
			'When a rehearsal last proved everything.',
			({ lastGoodDrillAt }) => seconds(lastGoodDrillAt),
		),
		family('stored_bytes', 'What all restore points take.', ({ storedBytes }) => storedBytes),
		family(
			'free_bytes',
			'What is free at the destination, where that can be told.',
			({ freeBytes }) => freeBytes,
		),
		family(
			'missed',
			'1 when a backup that was due is missing, else 0; absent where none is expected.',
			({ expected }) => expected && Number(expected.missed),
		),
		family(
			'next_due_timestamp_seconds',
			'When the next backup is due, where one is expected.',
			({ expected }) => seconds(expected?.nextDueAt),
		),
		{
			name: 'opsdesk_backup_restore_points',
			help: 'How many restore points there are of each state.',
			samples: all.flatMap((site) =>
				site.destinations.flatMap((destination) =>
					Object.entries(destination.counts ?? {}).map(([state, value]) => ({
						labels: { ...labelsOf(site, destination), state },
						value,
					})),
				),
			),
		},
	];
}

const labelsOf = ({ site }: BackupFigures, { name }: DestinationFigures): Record<string, string> => ({
	site,
	destination: name,
});

function seconds(at: number | undefined): number | undefined {
	return at === undefined ? undefined : at / 1000;
}
