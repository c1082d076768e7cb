import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';

export interface FileSet {
	folder: string;
	files: number;
	bytes: number;
}

interface FileKind {
	name: string;
	ending: string;
	count: number;
	smallest: number;
	largest: number;
	/** Text compresses three-fold, what is not text does not compress. */
	text: boolean;
}

/** What web sites consist of. In each about half of the bytes compress. */
export const fileMixes = {
	/** 40,900 files, 870 MB. */
	manySmall: [
		{ name: 'page', ending: 'html', count: 28_000, smallest: 600, largest: 18_000, text: true },
		{ name: 'picture', ending: 'jpg', count: 12_000, smallest: 4000, largest: 50_000, text: false },
		{ name: 'script', ending: 'js', count: 900, smallest: 20_000, largest: 180_000, text: true },
		{ name: 'log', ending: 'log', count: 5, smallest: 12_000_000, largest: 20_000_000, text: true },
		{ name: 'video', ending: 'mp4', count: 5, smallest: 10_000_000, largest: 20_000_000, text: false },
	],
	/** 20,100 files, 1.65 GB. */
	large: [
		{ name: 'page', ending: 'html', count: 9000, smallest: 600, largest: 30_000, text: true },
		{ name: 'picture', ending: 'jpg', count: 9000, smallest: 20_000, largest: 120_000, text: false },
		{ name: 'script', ending: 'js', count: 2000, smallest: 20_000, largest: 240_000, text: true },
		{ name: 'log', ending: 'log', count: 20, smallest: 15_000_000, largest: 25_000_000, text: true },
		{ name: 'video', ending: 'mp4', count: 6, smallest: 10_000_000, largest: 28_000_000, text: false },
	],
} satisfies Record<string, FileKind[]>;

const poolBytes = 32 * 1024 * 1024;

/** Writes the files of a web site into a new folder. The same seed gives the same files. */
export async function writeFiles(folder: string, mix: FileKind[], seed = 'files'): Promise<FileSet> {
	const total = { folder, files: 0, bytes: 0 };
	const pools = { text: textPool(seed), noise: noise(seed, poolBytes) };
	for (const { name, ending, count, smallest, largest, text } of mix) {
		for (let index = 0; index < count; index += 1) {
			const numbers = createHash('sha256').update(`${seed} ${name} ${index}`).digest();
			const sizeBytes = smallest + (numbers.readUInt32BE(0) % (largest - smallest));
			const at = numbers.readUInt32BE(4) % (poolBytes - sizeBytes);
			const pool = text ? pools.text : pools.noise;
			const parent = join(folder, name, String(index % 40), String(numbers.readUInt8(8) % 8));
			mkdirSync(parent, { recursive: true });
			// A prefix of its own keeps two files from being equal where their slices of the pool overlap.
			const start = Buffer.from(`${name} ${index}\n`);
			writeFileSync(
				join(parent, `${name}-${index}.${ending}`),
				Buffer.concat([start, pool.subarray(at, at + sizeBytes)]),
			);
			total.files += 1;
			total.bytes += start.length + sizeBytes;
			if (index % 200 === 0) await breathe();
		}
	}
	return total;
}

function noise(seed: string, sizeBytes: number): Buffer {
	const key = createHash('sha256').update(seed).digest();
	return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

/** Words in which few are frequent and many are rare, as in a language. */
function textPool(seed: string): Buffer {
	const random = noise(`${seed} text`, poolBytes);
	const vocabulary = Array.from({ length: 4096 }, (_, index) => word(`${seed} ${index}`));
	const pool = Buffer.alloc(poolBytes);
	let used = 0;
	for (let at = 0; used < poolBytes; at = (at + 2) % (poolBytes - 2)) {
		const rank = Math.floor((random.readUInt16BE(at) / 65_536) ** 3 * vocabulary.length);
		used += pool.write(vocabulary[rank] ?? '', used, 'latin1');
	}
	return pool;
}

function word(seed: string): string {
	const hash = createHash('sha256').update(seed).digest();
	const letters = hash.subarray(0, 2 + (hash.readUInt8(31) % 9)).toString('latin1');
	const plain = Array.from(letters, (letter) => String.fromCharCode(97 + (letter.charCodeAt(0) % 26)));
	return `${plain.join('')} `;
}
