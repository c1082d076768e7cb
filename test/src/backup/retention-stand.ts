import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';

import { encodeManifest, type ManifestContent } from '../../../src/backup/manifest';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { writeRecord } from '../../../src/backup/records';
import { retentionSchema, type RetentionPolicy, type RetentionPolicyInput } from '../../../src/shared';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

export const policyOf = (policy: RetentionPolicyInput): RetentionPolicy => retentionSchema.parse(policy);

/** Seeded numbers from 0 to 1 (mulberry32), so that what has failed once fails again. */
export function seededRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/** Always the same id for the same instant and number. */
export function idAt(instant: Date, number = 0): string {
	const time = instant.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
	const suffix = createHash('sha256').update(`${time} ${number}`).digest('hex').slice(0, 6);
	return `${time}-${suffix}`;
}

export interface StoredPoint {
	/** ISO 8601. */
	startedAt: string;
	state?: 'ok' | 'warning' | 'partial' | 'unfinished' | 'unusable';
	suspicious?: boolean;
	confirmed?: boolean;
	verified?: 'proved' | 'unproved' | 'damaged';
	/** Why it is held. */
	held?: string;
	until?: string;
	/** Size of its only artefact. */
	sizeBytes?: number;
	number?: number;
}

/** Writes a restore point as a run would leave it, with the records beside it; its id. */
export async function storePoint(root: string, point: StoredPoint, site = 'shop'): Promise<string> {
	const { state = 'ok', sizeBytes = 100 } = point;
	const startedAt = new Date(point.startedAt);
	const id = idAt(startedAt, point.number);
	const folder = `${site}/${id}`;
	mkdirSync(`${root}/${folder}`, { recursive: true });
	const content = Buffer.alloc(sizeBytes, id);
	writeFileSync(`${root}/${folder}/files-www.tar.zst`, content);
	if (state === 'unfinished') return id;
	const artefact = { name: 'files-www', plainBytes: sizeBytes, storedBytes: sizeBytes };
	const fields: ManifestContent = {
		format: 'opsdesk-backup',
		version: 1,
		id,
		site: { name: site },
		startedAt: startedAt.toISOString(),
		finishedAt: startedAt.toISOString(),
		status: state === 'unusable' ? 'ok' : point.suspicious ? 'warning' : state,
		artefacts: [
			{
				...artefact,
				file: 'files-www.tar.zst',
				kind: 'directory',
				source: {},
				format: 'tar',
				compression: 'zstd',
				sha256: createHash('sha256').update(content).digest('hex'),
				warnings: [],
			},
		],
		failures:
			state === 'partial' ? [{ name: 'db-shop', message: 'It is gone.', remedy: 'Bring it back.' }] : [],
		...(point.suspicious && {
			suspicious: [
				{
					artefact: 'files-www',
					plainBytes: 1,
					storedBytes: 1,
					medianPlainBytes: 100,
					medianStoredBytes: 100,
				},
			],
		}),
		notKept: [],
		recipe: [],
		writtenBy: 'test',
	};
	const bytes = encodeManifest(fields);
	writeFileSync(`${root}/${folder}/manifest.json`, state === 'unusable' ? bytes.subarray(1) : bytes);
	const destination = new DirectoryDestination(root);
	const { checksum } = JSON.parse(bytes.toString('utf8')) as { checksum: string };
	if (point.verified) {
		const verified = {
			outcome: point.verified,
			manifestChecksum: checksum,
			checkedBytes: sizeBytes,
			faults: [],
		};
		await writeRecord(destination, folder, 'verified', verified, startedAt);
	}
	if (point.held !== undefined) {
		const hold = { reason: point.held, ...(point.until !== undefined && { until: point.until }) };
		await writeRecord(destination, folder, 'hold', hold, startedAt);
	}
	if (point.confirmed) await writeRecord(destination, folder, 'confirmed', {}, startedAt);
	return id;
}

/** The ids of the folders of a site, newest first. */
export function storedIds(root: string, site = 'shop'): string[] {
	return readdirSync(`${root}/${site}`)
		.filter((name) => /^\d{8}T/.test(name))
		.sort()
		.reverse();
}
