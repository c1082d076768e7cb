import { z } from 'zod';

import { intervalField, isNoTime, spanField } from './durations';
import { timeZoneField } from './time-zone';

const most = (what: string) =>
	z
		.number()
		.int()
		.min(0)
		.max(10_000)
		.optional()
		.meta({ description: `How many ${what}.` });

/** Rules that keep a restore point; it is kept when one of them does. */
const rules = ['keepLast', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

export const retentionSchema = z
	.strictObject({
		keepLast: most('of the newest are kept, whenever they were made').meta({ examples: [3] }),
		hourly: most('of the last hours that have a backup keep their newest one'),
		daily: most('of the last days that have a backup keep their newest one').meta({ examples: [7] }),
		weekly: most(
			'of the last weeks (Monday to Sunday, ISO 8601) that have a backup keep their newest one',
		).meta({ examples: [4] }),
		monthly: most('of the last months that have a backup keep their newest one').meta({ examples: [12] }),
		yearly: most('of the last years that have a backup keep their newest one'),
		keepWithin: spanField.optional().meta({
			description:
				'Everything made within this time before the newest backup is kept: years `y`, months `m`, weeks `w`, days `d`, hours `h`, in this order.',
			examples: ['14d', '1y6m'],
		}),
		minimumAge: intervalField.optional().meta({
			description:
				'Nothing younger than this is removed, whatever the rules say: weeks `w`, days `d`, hours `h`, minutes `min`.',
			examples: ['24h'],
		}),
		timezone: timeZoneField.default('UTC').meta({
			description: 'Time zone that says when an hour, day, week, month and year begins.',
			examples: ['Europe/Moscow'],
		}),
		afterBackup: z.boolean().default(true).meta({
			description: 'Whether each good backup removes what no rule keeps any more.',
		}),
	})
	.superRefine((policy, context) => {
		// This also runs when a field is wrong, which is told by itself.
		const keeps = rules.some((rule) => (policy[rule] ?? 0) !== 0);
		if (keeps || (policy.keepWithin !== undefined && !isNoTime(policy.keepWithin))) return;
		context.addIssue({
			code: 'custom',
			path: [],
			message: `would keep nothing; give at least one of ${rules.join(', ')} a number above 0, or keepWithin a time`,
		});
	})
	.meta({ description: 'How long backups are kept. Without it nothing is removed.' });

export type RetentionPolicy = z.output<typeof retentionSchema>;
export type RetentionPolicyInput = z.input<typeof retentionSchema>;

export const anomalySchema = z
	.strictObject({
		dropPercent: z.number().int().min(1).max(100).default(95).meta({
			description:
				'An artefact that is at least so many per cent smaller than the median of the last seven good ones makes the backup suspicious.',
		}),
	})
	.meta({ description: 'When a backup counts as suspicious.' });
