import { z } from 'zod';

import { intervalField, isNoTime } from '../durations';
import { ownerField } from '../fields';

const threshold = z.number().int().min(1).max(50);

/** When a person is told, where nothing is said of it. */
interface AlertingDefaults {
	failures: number;
	recoveries: number;
	reminder: string;
}

const alerting = ({ failures: most, recoveries, reminder: pause }: AlertingDefaults) =>
	z
		.strictObject({
			failures: threshold.default(most).meta({
				description: 'A person is told after so many failures in a row, or among the last `outOf` results.',
			}),
			outOf: threshold.optional().meta({
				description:
					'Count the failures among so many results instead of in a row: for targets behind a load balancer, of which a part fails.',
				examples: [10],
			}),
			recoveries: threshold
				.default(recoveries)
				.meta({ description: 'The trouble is over after so many good results in a row.' }),
			for: intervalField.optional().meta({
				description:
					'The trouble must have lasted so long before a person is told: hours `h`, minutes `min`.',
				examples: ['2min', '5min'],
			}),
			reminder: z
				.union([z.literal('never'), intervalField])
				.default(pause)
				.meta({
					description: 'A trouble that lasts is told again after each such time; `never`: once only.',
				}),
			flapping: z.boolean().default(true).meta({
				description: 'Whether a target that goes up and down all the time is told as such, once.',
			}),
		})
		.superRefine(({ failures, outOf, for: lasts, reminder }, context) => {
			const fault = (path: string, message: string): void =>
				context.addIssue({ code: 'custom', path: [path], message });
			if (outOf !== undefined && outOf < failures)
				fault('outOf', `must be at least as much as "failures" (${failures})`);
			if (outOf !== undefined && lasts !== undefined) fault('for', 'must not stand beside "outOf"');
			if (reminder !== 'never' && isNoTime(reminder))
				fault('reminder', 'must be more than no time; "never" switches reminders off');
		})
		.meta({ description: 'When a person is told.' });

export const alertingSchema = alerting({ failures: 3, recoveries: 2, reminder: '4h' });

/** What changes by the day is told at once, and each threshold is told once. */
export const dailyAlertingSchema = alerting({ failures: 1, recoveries: 1, reminder: 'never' });

/** @param seconds unless given */
export const timeoutField = (seconds: number) =>
	z.number().min(0.1).max(120).default(seconds).meta({
		description: 'After so many seconds in all the check has failed, whatever is still coming in.',
	});

/** What every check has, whatever it looks at. */
export const commonFields = {
	name: ownerField.meta({
		description: 'Name of the check in messages and on the status page. Unique among the checks.',
		examples: ['Shop front page'],
	}),
	severity: z.enum(['warning', 'critical']).default('critical').meta({
		description: 'How bad it is when the check fails.',
	}),
	timeoutSeconds: timeoutField(10),
	alert: alertingSchema.prefault({}),
	dependsOn: z
		.array(ownerField)
		.max(50)
		.default([])
		.meta({
			description:
				'Names of checks without which this one cannot succeed: while one of them fails, this one is unknown and nobody is told.',
			examples: [['Database']],
		}),
};

/** Refuses a second threshold that is reached before the first. */
export function checkThresholds(
	{ warning, critical }: { warning?: number | undefined; critical?: number | undefined },
	context: z.RefinementCtx,
	path: PropertyKey[] = [],
): void {
	if (warning === undefined || critical === undefined || warning < critical) return;
	context.addIssue({
		code: 'custom',
		path: [...path, 'warning'],
		message: `must be less than "critical" (${critical})`,
	});
}
