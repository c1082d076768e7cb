import type { Finding, Probe, ProbeContext } from '../../../../src/check/probes/probe';
import { checkSchema, type CheckInput, type CheckOf, type CheckType } from '../../../../src/shared';

type Input<Type extends CheckType> = Omit<Extract<CheckInput, { type: Type }>, 'name'>;

/** A check as the reader of a site would make it. */
export function checkOf<Type extends CheckType>(input: Input<Type> & { type: Type }): CheckOf<Type> {
	return checkSchema.parse({ name: 'Test', ...input }) as CheckOf<Type>;
}

/** Looks once, with the time limit of the check. */
export async function look<Type extends CheckType>(
	probe: Probe<Type>,
	input: Input<Type> & { type: Type },
	context: Partial<ProbeContext> = {},
): Promise<Finding> {
	const check = checkOf<Type>(input);
	const signal = AbortSignal.timeout(check.timeoutSeconds * 1000);
	return await probe(check, { signal, secrets: {}, ...context });
}

/** As `look`, with how long it took in milliseconds. */
export async function timed<Type extends CheckType>(
	...args: Parameters<typeof look<Type>>
): Promise<Finding & { tookMs: number }> {
	const startedAt = performance.now();
	const finding = await look<Type>(...args);
	return { ...finding, tookMs: performance.now() - startedAt };
}
