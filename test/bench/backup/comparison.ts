import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand } from '../../support/n8n/command';
import type { Tell } from '../main';
import type { FileSet } from './files';
import { goal, megabytesOf, median, rounded } from './numbers';
import { Product } from './product';

/** Something to measure: the same files as the product and as tar see them. */
export interface Subject {
	label: string;
	files: FileSet;
	/** The folder tar reads. */
	peerFolder: string;
	/** A site with those files, to be backed up into `destination`. */
	site: (destination: string) => object;
	/** A site with next to nothing in it, of the same kind. */
	tinySite: (destination: string) => object;
	docker?: object;
	/** How fast it has to be, as a part of the speed of tar and zstd. */
	ratio: number;
}

const rounds = 5;
const memoryMegabytes = 256;

/** Backs up in turns with `tar | zstd`, both until the result is on the disk, and watches the memory meanwhile. */
export async function compareWithTar(subject: Subject, folder: string, tell: Tell): Promise<object> {
	const product = new Product();
	try {
		await mkdir(join(folder, 'tiny'), { recursive: true });
		await product.backUp(subject.tinySite(join(folder, 'tiny')), subject.docker);
		const idleBytes = product.residentBytes();
		product.forgetPeak();
		const times: { productSeconds: number; peerSeconds: number }[] = [];
		let storedBytes = 0;
		let peerBytes = 0;
		for (let round = 1; round <= rounds; round += 1) {
			const own = await backUpOnce(product, subject, join(folder, 'backups'));
			const peer = await tarOnce(subject.peerFolder, join(folder, 'peer.tar.zst'));
			times.push({ productSeconds: rounded(own.seconds), peerSeconds: rounded(peer.seconds) });
			[storedBytes, peerBytes] = [own.storedBytes, peer.storedBytes];
			tell(
				`${subject.label}, round ${round} of ${rounds}: ${own.seconds.toFixed(2)} s, tar and zstd ${peer.seconds.toFixed(2)} s`,
			);
		}
		const productSeconds = median(times.map((time) => time.productSeconds));
		const peerSeconds = median(times.map((time) => time.peerSeconds));
		const growth = product.peakBytes() - idleBytes;
		return {
			files: subject.files.files,
			megabytes: megabytesOf(subject.files.bytes),
			productSeconds,
			peerSeconds,
			megabytesPerSecond: Math.round(subject.files.bytes / 1e6 / productSeconds),
			ratio: goal(rounded(peerSeconds / productSeconds), 'atLeast', subject.ratio),
			memory: {
				idleMegabytes: megabytesOf(idleBytes),
				growthMegabytes: goal(megabytesOf(growth), 'below', memoryMegabytes),
			},
			storedMegabytes: megabytesOf(storedBytes),
			peerMegabytes: megabytesOf(peerBytes),
			rounds: times,
		};
	} finally {
		await product.end();
	}
}

async function backUpOnce(
	product: Product,
	{ site, docker }: Subject,
	destination: string,
): Promise<{ seconds: number; storedBytes: number }> {
	await mkdir(destination, { recursive: true });
	const run = await product.backUp(site(destination), docker);
	await rm(destination, { recursive: true });
	return run;
}

/** What an administrator types, with the file on the disk in the end, as the product leaves it. */
async function tarOnce(folder: string, file: string): Promise<{ seconds: number; storedBytes: number }> {
	const startedAt = performance.now();
	await runCommand('sh', ['-c', 'tar -C "$0" -cf - . | zstd -3 -T1 -q -o "$1" && sync "$1"', folder, file], {
		cwd: '/',
	});
	const seconds = (performance.now() - startedAt) / 1000;
	const { size } = await stat(file);
	await rm(file);
	return { seconds, storedBytes: size };
}
