import type { CallOptions, Store } from '../../../../src/store/store';

/** What happens in place of a call; `run` carries it out. */
type Fault = (
	name: string,
	run: () => Promise<unknown>,
	signal: AbortSignal | undefined,
	request: object,
) => Promise<unknown>;

/** The same store, with faults on the way to it and back. */
export function withFaults(store: Store, fault: Fault): Store {
	return new Proxy(store, {
		get: (target, key) =>
			key === 'call'
				? (name: string, request: object, options: CallOptions<unknown>) =>
						fault(
							name,
							() => target.call(name, request, { ...options, signal: undefined }),
							options.signal,
							request,
						)
				: (Reflect.get(target, key) as unknown),
	});
}
