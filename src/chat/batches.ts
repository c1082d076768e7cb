/** Of one call. */
const mostItems = 500;
const mostBytes = 4_000_000;

/** Neither too many nor too large for one call. */
export function* batches<Item>(items: readonly Item[], most = mostItems): Generator<Item[]> {
	let batch: Item[] = [];
	let bytes = 0;
	for (const item of items) {
		const size = Buffer.byteLength(JSON.stringify(item));
		if (batch.length === most || (batch.length > 0 && bytes + size > mostBytes)) {
			yield batch;
			[batch, bytes] = [[], 0];
		}
		batch.push(item);
		bytes += size;
	}
	if (batch.length > 0) yield batch;
}
