import { BackupError } from '../errors';

/** SQLite's file format, "The Database Header". */
const magic = Buffer.from('SQLite format 3\0', 'latin1');
export const headerBytes = 100;

export interface SqliteHeader {
	pageBytes: number;
	/** Pages of the whole file; 0 where a program older than SQLite 3.7 has written last and it is not known. */
	pages: number;
	/** Whether changes go to a `-wal` file first. */
	isWal: boolean;
}

/** What the first 100 bytes of a database say, undefined when they are not those of one. */
export function parseHeader(bytes: Buffer): SqliteHeader | undefined {
	if (bytes.length < headerBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
	const written = bytes.readUInt16BE(16);
	const pageBytes = written === 1 ? 65_536 : written;
	if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0) return undefined;
	const isCurrent = bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
	return { pageBytes, pages: isCurrent ? bytes.readUInt32BE(28) : 0, isWal: bytes[18] === 2 };
}

/** Watches the file of a database go by and proves that it is one, and as long as its header says. */
export class SqliteChecker {
	private start: Buffer = Buffer.alloc(0);
	private sizeBytes = 0;

	push(chunk: Buffer): void {
		if (this.start.length < headerBytes) {
			this.start = Buffer.concat([this.start, chunk.subarray(0, headerBytes - this.start.length)]);
		}
		this.sizeBytes += chunk.length;
	}

	/** To be called after the last chunk. @throws BackupError `archive_damaged`, `archive_cut` */
	end(): SqliteHeader {
		const header = parseHeader(this.start);
		if (!header) throw damaged('archive_damaged', 'does not begin as one');
		const { pageBytes, pages } = header;
		if (this.sizeBytes % pageBytes !== 0 || (pages > 0 && pages * pageBytes !== this.sizeBytes)) {
			const expected = pages > 0 ? `${pages} pages` : 'whole pages';
			throw damaged(
				'archive_cut',
				`has ${this.sizeBytes} bytes, and not ${expected} of ${pageBytes} bytes each`,
			);
		}
		return header;
	}
}

function damaged(code: 'archive_damaged' | 'archive_cut', fault: string): BackupError {
	return new BackupError(
		code,
		`The SQLite database ${fault}.`,
		'Do not restore from it. Take another backup, and verify the one before.',
	);
}
