import { z } from 'zod';

import { intervalField, isNoTime } from './durations';
import { timeZoneField } from './time-zone';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export const expectationSchema = z
	.strictObject({
		every: intervalField.optional().meta({
			description:
				'A good backup is expected at least this often: weeks `w`, days `d`, hours `h`, minutes `min`.',
			examples: ['24h', '6h'],
		}),
		at: z
			.array(
				z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, {
					error: 'must be a time of day from 00:00 to 23:59; in YAML put it in quotes',
				}),
			)
			.min(1)
			.max(48)
			.optional()
			.meta({
				description: 'Times of day at which a backup is expected to begin, in place of `every`.',
				examples: [['02:00']],
			}),
		days: z
			.array(z.enum(weekdays))
			.min(1)
			.max(7)
			.optional()
			.meta({
				description: 'Days of the week on which `at` holds; every day unless given.',
				examples: [['sun']],
			}),
		timezone: timeZoneField.default('UTC').meta({
			description: 'Time zone of `at` and `days`.',
			examples: ['Europe/Moscow'],
		}),
		grace: intervalField.default('2h').meta({
			description: 'How late a backup may be before it counts as missed.',
		}),
	})
	.superRefine(({ every, at, days }, context) => {
		const fault = (path: string, message: string): void =>
			context.addIssue({ code: 'custom', path: path === '' ? [] : [path], message });
		if (every === undefined && at === undefined) {
			fault('', 'says nothing; give every (such as "24h") or at (such as ["02:00"])');
		}
		if (every !== undefined && at !== undefined)
			fault('every', 'must not stand beside "at"; remove one of them');
		if (every !== undefined && isNoTime(every)) fault('every', 'must be more than no time');
		if (days !== undefined && at === undefined) fault('days', 'needs "at": the times of day');
	})
	.meta({ description: 'When backups are expected, so that a missed one is noticed.' });

export type BackupExpectation = z.output<typeof expectationSchema>;
