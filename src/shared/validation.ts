import type { ZodType } from 'zod';

/** One fault of an input: the path of the field and what is wrong with it. */
export interface Fault {
	field: string;
	problem: string;
}

/** Parses external input; on failure every fault is named by its field. */
export function parseInput<T>(
	schema: ZodType<T>,
	input: unknown,
): { ok: true; value: T } | { ok: false; faults: Fault[] } {
	const parsed = schema.safeParse(input);
	if (parsed.success) return { ok: true, value: parsed.data };
	const faults = parsed.error.issues.map((issue) => ({
		field: issue.path.join('.') || '(whole input)',
		problem: issue.message,
	}));
	return { ok: false, faults };
}

/** `host: must not be empty; port: must be at most 65535` */
export function describeFaults(faults: Fault[]): string {
	return faults.map(({ field, problem }) => `${field}: ${problem}`).join('; ');
}
