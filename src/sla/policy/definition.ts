import { z } from 'zod';

import { parseInput, timeZoneField } from '../../shared';
import { invalidInput } from '../errors';

/** What is promised: the first answer to a client, each later one, and that the matter is settled. */
export const metrics = ['firstResponse', 'nextResponse', 'resolution'] as const;
export type Metric = (typeof metrics)[number];

/** `working` counts opening hours alone, `calendar` every hour. */
export const clockKinds = ['working', 'calendar'] as const;
export type ClockKind = (typeof clockKinds)[number];

const longestMinutes = 10 * 366 * 1440;
/** Escalations of one promise. */
export const mostLevels = 100;
const upToYears = z.number().max(longestMinutes, 'must be at most ten years, in minutes');
const minutes = upToYears.positive('must be more than 0 minutes');
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as "22:00"');

/** Who may be named by what they are in the tenant. */
export const roleNames = ['assignee', 'team', 'duty', 'manager', 'admin', 'observer', 'leaders'] as const;

const isRole = (name: string): boolean => roleNames.some((role) => role === name);
/** So that a role that is misspelt is not taken for an address to which nobody answers. */
const isAddress = (name: string): boolean => /[@:/#+\d]/.test(name);

const recipient = z
	.string()
	.min(1)
	.max(200)
	.refine((name) => isRole(name) || isAddress(name), {
		error: `is neither a role nor an address; roles are ${roleNames.join(', ')}, and an address has an @, a colon, a slash, a #, a + or a digit`,
	});
const recipients = z.array(recipient).max(50);

const warning = z.union(
	[
		z.strictObject({
			percent: z
				.number()
				.positive('must be more than 0')
				.lt(100, 'must be below 100: a warning that comes with the breach or after it is none'),
		}),
		z.strictObject({
			minutesBefore: upToYears.positive('must be more than 0: a warning comes before the breach'),
		}),
	],
	{
		error:
			'must be {"percent": …} below 100 or {"minutesBefore": …} above 0: a warning comes before the breach',
	},
);

const quietHours = z
	.strictObject({ from: timeOfDay, to: timeOfDay, timezone: timeZoneField.optional() })
	.refine(({ from, to }) => from !== to, 'begin and end at the same time');

const escalation = z.strictObject({
	everyMinutes: minutes.optional(),
	most: z.number().int().min(0).max(mostLevels).optional(),
	clock: z.enum(clockKinds).optional(),
	quietHours: quietHours.nullable().optional(),
});

const notify = z.strictObject({
	warning: recipients.optional(),
	breach: recipients.optional(),
	/** By level; the last one is for all further levels. */
	escalation: z.array(recipients).max(mostLevels).optional(),
});

/** `null` switches a target off. */
const target = minutes.nullable().optional();

const layer = z
	.strictObject({
		targetMinutes: z
			.strictObject({ firstResponse: target, nextResponse: target, resolution: target })
			.optional(),
		clock: z.enum(clockKinds).optional(),
		warnings: z.array(warning).max(20).optional(),
		escalation: escalation.optional(),
		notify: notify.optional(),
	})
	.superRefine(({ targetMinutes = {}, warnings = [] }, context) => {
		for (const [index, own] of warnings.entries()) {
			if (!('minutesBefore' in own)) continue;
			for (const metric of metrics) {
				const promised = targetMinutes[metric] ?? Infinity;
				if (own.minutesBefore < promised) continue;
				const message = `is not later than the start: the target of ${metric} is ${promised} minutes`;
				context.addIssue({ code: 'custom', path: ['warnings', index, 'minutesBefore'], message });
			}
		}
	});

/** What one of chat, tier, tenant and default says of promises; what it leaves out, the next one says. */
export type PolicyLayer = z.output<typeof layer>;
export type Warning = z.output<typeof warning>;
export type QuietHours = z.output<typeof quietHours>;

/**
 * Reads what one layer says.
 *
 * @param what it is called in an error
 * @throws SlaError `invalid_input` with every fault, such as a warning that is later than the breach
 */
export function parsePolicy(input: unknown, what = 'policy'): PolicyLayer {
	const parsed = parseInput(layer, input);
	if (parsed.ok) return parsed.value;
	throw invalidInput(what, parsed.faults);
}
