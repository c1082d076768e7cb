import { z } from 'zod';

const mostConditions = 100;
const operation = z.string().min(1).max(50);

const condition = z.object({
	id: z.string().max(200).optional(),
	leftValue: z.unknown(),
	rightValue: z.unknown().optional(),
	operator: z.object({
		type: z.string().min(1).max(50),
		operation,
		rightType: z.string().max(50).optional(),
		/** Whether the operation takes no right value. */
		singleValue: z.boolean().optional(),
		name: z.string().max(200).optional(),
	}),
});

/** What n8n's own `filter` parameter holds, as JSON. */
export const filterValueSchema = z.object({
	combinator: z.enum(['and', 'or'], { error: 'must be "and" or "or"' }).default('and'),
	conditions: z
		.array(condition)
		.max(mostConditions, `must have at most ${mostConditions} entries`)
		.default([]),
	options: z
		.object({
			caseSensitive: z.boolean().default(true),
			leftValue: z.string().max(1000).optional(),
			typeValidation: z.enum(['strict', 'loose']).default('loose'),
			version: z.union([z.literal(1), z.literal(2), z.literal(3)]).default(2),
		})
		.default({ caseSensitive: true, typeValidation: 'loose', version: 2 }),
});

export type FilterValue = z.output<typeof filterValueSchema>;
export type Condition = FilterValue['conditions'][number];
export type FilterOptions = FilterValue['options'];
