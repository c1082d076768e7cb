import type { Destination } from './destination';

/**
 * Writes a small file in one step, in place of an earlier one: it has its name only when it is whole and on disk.
 * @throws BackupError `destination_…`
 */
export async function writeSmall(destination: Destination, path: string, content: Buffer): Promise<void> {
	const writer = await destination.create(path);
	try {
		await writer.write(content);
		await writer.commit();
	} catch (thrown) {
		await writer.abort().catch(() => {
			// The first error says more; what is left under the name of a partial file is removed by the next run.
		});
		throw thrown;
	}
}
