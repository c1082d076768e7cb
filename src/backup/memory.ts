import { isMarkedAsUntransferable } from 'node:worker_threads';

/**
 * Frees a memory at once instead of leaving it to the garbage collector, which goes through the whole heap every few
 * megabytes of such. Node's own pool and memory that threads share are left alone.
 * @param memory of a buffer that nobody reads or writes any more
 */
export function freeMemory(memory: ArrayBufferLike & { transfer?: (sizeBytes: number) => unknown }): void {
	if (memory instanceof ArrayBuffer && !isMarkedAsUntransferable(memory)) memory.transfer?.(0);
}
