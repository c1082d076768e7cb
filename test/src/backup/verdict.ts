import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { zstdCompressSync } from 'node:zlib';

import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { encodeManifest, type Manifest, type ManifestArtefact } from '../../../src/backup/manifest';
import { verifyRestorePoint, type ArtefactVerdict } from '../../../src/backup/verify';

type Kind = Pick<ManifestArtefact, 'name' | 'file' | 'kind' | 'format'> &
	Pick<Partial<ManifestArtefact>, 'tables'>;

/** A directory as an artefact. */
export const archiveArtefact: Kind = {
	name: 'files-www',
	file: 'files-www.tar.zst',
	kind: 'directory',
	format: 'tar',
};
/** A database as an artefact. */
export const dumpArtefact: Kind = {
	name: 'db-main',
	file: 'db-main.dump.zst',
	kind: 'postgres',
	format: 'pg_dump',
};

/**
 * A restore point whose hashes and sizes are right, whatever it holds.
 * @param entries that the manifest names
 */
export function storeRestorePoint(
	destination: string,
	kind: Kind,
	content: Buffer,
	entries?: number,
	site = 'shop',
): { id: string; folder: string; manifest: Manifest } {
	const stored = zstdCompressSync(content);
	const sha256 = createHash('sha256').update(stored).digest('hex');
	const id = `20261120T020000Z-${sha256.slice(0, 6)}`;
	const folder = `${site}/${id}`;
	const sizes = { sha256, storedBytes: stored.length, plainBytes: content.length };
	const bytes = encodeManifest({
		format: 'opsdesk-backup',
		version: 1,
		id,
		site: { name: site },
		startedAt: '2026-11-20T02:00:00.000Z',
		finishedAt: '2026-11-20T02:00:01.000Z',
		status: 'ok',
		artefacts: [
			{
				...kind,
				...sizes,
				source: {},
				compression: 'zstd',
				...(entries !== undefined && { entries }),
				warnings: [],
			},
		],
		failures: [],
		notKept: [],
		recipe: [],
		writtenBy: 'test',
	});
	mkdirSync(`${destination}/${folder}`, { recursive: true });
	writeFileSync(`${destination}/${folder}/${kind.file}`, stored);
	writeFileSync(`${destination}/${folder}/manifest.json`, bytes);
	return { id, folder, manifest: JSON.parse(bytes.toString('utf8')) as Manifest };
}

/** What is said of such a restore point. */
export async function verdictOn(
	destination: string,
	kind: Kind,
	content: Buffer,
	entries?: number,
): Promise<ArtefactVerdict | undefined> {
	const { folder, manifest } = storeRestorePoint(destination, kind, content, entries);
	const { artefacts } = await verifyRestorePoint(new DirectoryDestination(destination), folder, manifest);
	return artefacts[0];
}
