import { z } from 'zod';

/** Longer than anybody keeps it by purpose. */
export const mostDaysKept = 3650;

export const restoreSchema = z
	.strictObject({
		keepPreviousDays: z
			.number()
			.int()
			.min(1)
			.max(mostDaysKept)
			.optional()
			.meta({
				description:
					'So many days after a restore what was there before it may be removed by "Remove Kept Copies". Nothing is removed by itself.',
				examples: [14],
			}),
	})
	.meta({ description: 'What holds for restores of the site.' });
