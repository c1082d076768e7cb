import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Tell } from '../main';
import type { FileSet } from './files';
import { goal, megabytesOf } from '../numbers';
import { resticPeer, shell, treePeers, type AgeKey } from './peers';
import { withProduct, type Product, type Task } from './product';
import { compete, speedRatio } from '../rounds';

/** Files as the product and as the command-line tools see them. */
export interface Tree {
	label: string;
	files: FileSet;
	/** The folder the tools read. */
	peerFolder: string;
	/** What to back up. */
	backup: object;
	/** Next to nothing, of the same kind. */
	tinyBackup: object;
	/** Name of the artefact. */
	artefact: string;
	docker?: object;
	/** How fast a backup has to be, as a part of the speed of the tools. */
	ratio: number;
	/** Also measured: restic, and the restore of what was backed up. */
	wholly: boolean;
}

const roundCount = 5;
const memoryMegabytes = 256;

/** Backs a tree up in turns with the command-line tools, all until the result is on the disk, and restores it. */
export async function measureTree(tree: Tree, key: AgeKey, folder: string, tell: Tell): Promise<object> {
	const kept = join(folder, 'kept');
	for (const path of ['tiny', 'kept', 'restored']) await mkdir(join(folder, path), { recursive: true });
	const task = (backup: object, destination: string): Task => ({
		operation: 'backUp',
		site: encryptedSite(backup, destination, key),
		docker: tree.docker,
	});
	const measured = await withProduct(task(tree.tinyBackup, join(folder, 'tiny')), async (product) => {
		const ours = async (): Promise<number> => {
			const destination = join(folder, 'backups');
			await mkdir(destination);
			const { seconds } = await product.run(task(tree.backup, destination));
			await rm(destination, { recursive: true });
			return seconds;
		};
		const peers = treePeers(tree.peerFolder, join(folder, 'peer'), key);
		const times = await compete(tree.label, { product: ours, ...peers }, roundCount, tell);
		return { times };
	});
	const { product, tools, bare, bareAllCores } = measured.times.medians;
	return {
		files: tree.files.files,
		megabytes: megabytesOf(tree.files.bytes),
		megabytesPerSecond: Math.round(tree.files.bytes / 1e6 / product),
		ratio: goal(speedRatio(product, tools), 'atLeast', tree.ratio),
		ratioToBareTarAndZstd: speedRatio(product, bare),
		ratioToAllCores: speedRatio(product, bareAllCores),
		memory: {
			idleMegabytes: megabytesOf(measured.idleBytes),
			growthMegabytes: goal(megabytesOf(measured.growthBytes), 'below', memoryMegabytes),
		},
		...measured.times,
		...(tree.wholly && { restic: await againstRestic(tree, product, folder, tell) }),
		...(tree.wholly && { restore: await measureRestore(tree, task(tree.backup, kept), key, folder, tell) }),
	};
}

const encryptedSite = (backup: object, destination: string, { recipient }: AgeKey): object => ({
	name: 'bench',
	backup,
	encryption: { recipients: [recipient] },
	destinations: [{ name: 'local', type: 'directory', path: destination }],
});

async function againstRestic(tree: Tree, seconds: number, folder: string, tell: Tell): Promise<object> {
	const restic = resticPeer(tree.peerFolder, join(folder, 'restic'));
	const { medians } = await compete(`${tree.label}, first run of restic`, { restic }, 1, tell);
	return { seconds: medians.restic, ratio: goal(speedRatio(seconds, medians.restic), 'atLeast', 4) };
}

/** Restores in turns with `age -d | zstd -d | tar x` of the same artefact. */
async function measureRestore(
	tree: Tree,
	backUp: Task,
	key: AgeKey,
	folder: string,
	tell: Tell,
): Promise<object> {
	const restored = join(folder, 'restored');
	const measured = await withProduct(backUp, async (product) => {
		const ours = (): Promise<number> => restoreOnce(product, tree, backUp, key, restored);
		const tools = async (): Promise<number> => {
			const file = `${join(folder, 'kept')}/bench/*/${tree.artefact}.tar.zst.age`;
			const line =
				'mkdir "$2/peer"; for file in $1; do age -d -i "$3" "$file" | zstd -dc | tar -C "$2/peer" -xpf - --numeric-owner; done; sync -f "$2"';
			const seconds = await shell(line, [file, restored, key.identityFile]);
			await rm(join(restored, 'peer'), { recursive: true });
			return seconds;
		};
		return { times: await compete(`${tree.label}, restore`, { product: ours, tools }, roundCount, tell) };
	});
	const { product, tools } = measured.times.medians;
	return {
		ratio: goal(speedRatio(product, tools), 'atLeast', 0.8),
		growthMegabytes: goal(megabytesOf(measured.growthBytes), 'below', memoryMegabytes),
		...measured.times,
	};
}

async function restoreOnce(
	product: Product,
	tree: Tree,
	backUp: Task,
	{ identity }: AgeKey,
	restored: string,
): Promise<number> {
	const target = join(restored, 'product');
	const { seconds } = await product.run({
		...backUp,
		operation: 'restore',
		secrets: { encryption: { identities: [identity] } },
		options: { restorePoint: 'latest', to: { [tree.artefact]: target } },
	});
	await rm(target, { recursive: true });
	return seconds;
}
