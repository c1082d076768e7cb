/** Entries of the table of contents begin with this many texts between their first two integers and their section. */
const textsBeforeSection = 4;
/** Statements to define, drop and fill, then schema and table space. */
const textsBehindSection = 5;
const dateFields = 7;

/**
 * A dump of PostgreSQL 12 to 15 (archive version 1.14, written to a pipe) with the header and the table of contents
 * of another version, as the sources of PostgreSQL lay them down; the blocks of data are the same in all of them.
 * @param minor 12 (9.0 to 10), 13 (11), 15 (16) or 16 (17 and 18)
 */
export function withArchiveVersion(dump: Buffer, minor: number): Buffer {
	if (dump.toString('latin1', 0, 8) !== 'PGDMP\x01\x0e\x00')
		throw new Error('This is no dump of version 1.14.');
	const parts: Buffer[] = [Buffer.from(`PGDMP\x01${String.fromCharCode(minor)}\x00`, 'latin1')];
	let at = 8;
	const take = (sizeBytes: number): Buffer => dump.subarray(at, (at += sizeBytes));
	const takeInt = (): { bytes: Buffer; value: number } => {
		const bytes = take(5);
		return { bytes, value: bytes.readInt32LE(1) * (bytes[0] === 0 ? 1 : -1) };
	};
	const keepInt = (): number => {
		const { bytes, value } = takeInt();
		parts.push(bytes);
		return value;
	};
	const keepText = (): number => {
		const sizeBytes = keepInt();
		if (sizeBytes > 0) parts.push(take(sizeBytes));
		return sizeBytes;
	};
	const dropText = (): void => {
		const { value } = takeInt();
		if (value > 0) take(value);
	};
	const times = (amount: number, step: () => unknown): void => {
		for (let done = 0; done < amount; done += 1) step();
	};

	// Sizes of integers and offsets, format.
	parts.push(take(3));
	const compression = takeInt();
	parts.push(minor >= 15 ? Buffer.from([compression.value === 0 ? 0 : 1]) : compression.bytes);
	times(dateFields, keepInt);
	times(3, keepText);
	times(keepInt(), () => {
		times(2, keepInt);
		times(textsBeforeSection, keepText);
		keepInt();
		times(textsBehindSection, keepText);
		if (minor >= 14) keepText();
		else dropText();
		if (minor >= 16) parts.push(Buffer.from([0, 'r'.charCodeAt(0), 0, 0, 0]));
		times(2, keepText);
		while (keepText() !== -1);
		parts.push(take(9));
	});
	return Buffer.concat([...parts, dump.subarray(at)]);
}
