import type { ProbeContext } from '../../../../src/check/probes/probe';
import { lookOnce } from '../../../../src/check/sweep/look';
import { checkOf } from '../probes/look';

const check = checkOf<'tcp'>({ type: 'tcp', host: 'shop.example.com', port: 443, timeoutSeconds: 0.1 });

/** What a probe is told that waits until it is ended. */
const reasonOf = async (signal?: AbortSignal): Promise<unknown> => {
	const told: unknown[] = [];
	const lookAt = (_check: unknown, { signal: end }: ProbeContext): Promise<never> =>
		new Promise((_, reject) => {
			end.addEventListener('abort', () => {
				told.push((end.reason as Error).name);
				reject(new Error('ended'));
			});
		});
	await lookOnce({ check, key: 'shop' }, { context: { secrets: {} }, signal, lookAt });
	return told[0];
};

test('a probe can tell the end of its time from a run that was cancelled', async () => {
	expect(await reasonOf()).toBe('TimeoutError');
	expect(await reasonOf(AbortSignal.any([AbortSignal.timeout(1000), aborting(20)]))).toBe('AbortError');
});

function aborting(afterMs: number): AbortSignal {
	const controller = new AbortController();
	setTimeout(() => controller.abort(), afterMs);
	return controller.signal;
}
