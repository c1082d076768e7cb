import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Tell } from '../main';
import { databaseContainer, smallDatabase } from './database';
import type { FileSet } from './files';
import { goal, megabytesOf, rounded } from '../numbers';
import type { AgeKey } from './peers';
import { Product, type Task } from './product';

const backUpSeconds = 60;
const restoreSeconds = 180;

/** Backs up a site of 2 GB, encrypted: 1.5 GB of files and a database of 0.5 GB, and restores it beside the original. */
export async function measureSite(
	files: FileSet,
	key: AgeKey,
	docker: object,
	folder: string,
	tell: Tell,
): Promise<object> {
	const destination = join(folder, 'backups');
	await mkdir(destination, { recursive: true });
	const task: Task = {
		operation: 'backUp',
		site: {
			name: 'bench',
			encryption: { recipients: [key.recipient] },
			backup: {
				directories: [{ name: 'files', path: files.folder }],
				databases: [
					{ name: 'shop', type: 'postgres', container: databaseContainer, database: smallDatabase },
				],
			},
			destinations: [{ name: 'local', type: 'directory', path: destination }],
		},
		docker,
		secrets: { encryption: { identities: [key.identity] } },
	};
	const product = new Product();
	try {
		const backUp = await product.run(task);
		tell(`A site of 2 GB: backed up in ${backUp.seconds.toFixed(1)} s`);
		const to = { 'files-files': join(folder, 'restored'), 'db-shop': `${databaseContainer}/site_restored` };
		const restore = await product.run({
			...task,
			operation: 'restore',
			options: { restorePoint: 'latest', to },
		});
		tell(`A site of 2 GB: restored in ${restore.seconds.toFixed(1)} s`);
		await rm(folder, { recursive: true });
		return {
			files: files.files,
			fileMegabytes: megabytesOf(files.bytes),
			storedMegabytes: megabytesOf(backUp.storedBytes),
			backUpSeconds: goal(rounded(backUp.seconds), 'below', backUpSeconds),
			restoreSeconds: goal(rounded(restore.seconds), 'below', restoreSeconds),
		};
	} finally {
		await product.end();
	}
}
