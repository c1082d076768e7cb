import { endOfArchive, padding, tarHeader } from '../../shared';

export interface SingleFile {
	name: string;
	sizeBytes: number;
	uid: number;
	gid: number;
}

/**
 * A tar archive of one file, readable by its owner alone.
 * @throws Error when the content is not of the size that was announced
 */
export async function* tarOfFile(
	{ name, sizeBytes, uid, gid }: SingleFile,
	content: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
	const path = Buffer.from(name);
	yield tarHeader({ path, type: 'file', mode: 0o600, uid, gid, sizeBytes, mtimeNs: 0n });
	let sent = 0;
	for await (const piece of content) {
		sent += piece.length;
		if (sent > sizeBytes) break;
		yield piece;
	}
	if (sent !== sizeBytes) throw new Error(`The content has ${sent} bytes instead of ${sizeBytes}.`);
	yield Buffer.concat([Buffer.alloc(padding(sizeBytes)), endOfArchive]);
}
