import type { z } from 'zod';

/** Refuses the second of two entries with the same name: it would write into the place of the first. */
export function uniqueNames(entries: ReadonlyArray<{ name: string }>, context: z.RefinementCtx): void {
	const seen = new Map<string, number>();
	entries.forEach(({ name }, index) => {
		const first = seen.get(name);
		if (first === undefined) seen.set(name, index);
		else {
			context.addIssue({
				code: 'custom',
				path: [index, 'name'],
				message: `"${name}" is also the name of entry ${first + 1} of this list; give each its own`,
			});
		}
	});
}
