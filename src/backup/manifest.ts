import { createHash } from 'node:crypto';
import { z } from 'zod';

import { describeFaults, parseInput } from '../shared';
import { BackupError } from './errors';
import { moreWarnings } from './warnings';

/** Name of the file that makes a folder a restore point; written last. */
export const manifestName = 'manifest.json';

/** Something larger under its name is not read, and so it is not written either. */
export const maxManifestBytes = 16 * 1024 * 1024;

const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a plain file name');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal');
const instant = z.iso.datetime({ precision: 3 });
const sizeBytes = z.number().int().nonnegative();

const artefact = z.strictObject({
	/** As in the site definition with its kind in front, e.g. `files-www`. */
	name: z.string().min(1),
	file: fileName,
	kind: z.enum(['directory', 'volume', 'postgres', 'globals', 'sqlite', 'config', 'workflows']),
	/** What it was made from, for people and for a restore to the same place. */
	source: z.record(z.string(), z.string()),
	format: z.enum(['tar', 'pg_dump', 'sql', 'sqlite']),
	compression: z.enum(['zstd', 'gzip']),
	/** Around the compressed content; without it the artefact is not encrypted. */
	encryption: z.literal('age').optional(),
	/** Public keys it is encrypted for; without them, when it is encrypted, a passphrase opens it. */
	recipients: z.array(z.string()).min(1).optional(),
	/** Of the file as it is stored. */
	sha256,
	/** Of the compressed content where it is encrypted: the same for the same content, which `sha256` is not then. */
	contentSha256: sha256.optional(),
	storedBytes: sizeBytes,
	/** Before compression. */
	plainBytes: sizeBytes,
	/** Files, directories and links of a tar archive, entries of a dump's table of contents, statements of SQL. */
	entries: z.number().int().nonnegative().optional(),
	/** What each table of a database held, in the order of the dump or of their names; a restored one is held against it. */
	tables: z
		.array(
			z.strictObject({
				name: z.string(),
				rows: z.number().int().nonnegative(),
				/** Of the rows as COPY writes them. */
				crc32: z
					.string()
					.regex(/^[0-9a-f]{8}$/, 'must be a CRC-32 in hexadecimal')
					.optional(),
			}),
		)
		.optional(),
	/** How many more tables there are; listing them would have made the manifest too large. */
	omittedTables: z.number().int().positive().optional(),
	/** Paths that were left out or did not hold still, with the reason. */
	warnings: z.array(z.string()),
});

/** An artefact that is far smaller than the earlier ones of its name. */
const anomaly = z.strictObject({
	artefact: z.string().min(1),
	plainBytes: sizeBytes,
	storedBytes: sizeBytes,
	/** Of the earlier ones it was compared with. */
	medianPlainBytes: z.number().nonnegative(),
	medianStoredBytes: z.number().nonnegative(),
});

const failure = z.strictObject({ name: z.string().min(1), message: z.string(), remedy: z.string() });

const content = z.strictObject({
	format: z.literal('opsdesk-backup'),
	version: z.literal(1),
	id: z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{6}$/, 'must be a UTC time and six hexadecimal digits'),
	site: z.strictObject({ name: z.string().min(1), domain: z.string().optional() }),
	/** The definition of the site when it was backed up, for the day when nothing but the backups is left. */
	definition: z.record(z.string(), z.unknown()).optional(),
	startedAt: instant,
	finishedAt: instant,
	/** `partial`: a source failed and is missing; never called a success. */
	status: z.enum(['ok', 'warning', 'partial']),
	artefacts: z.array(artefact),
	failures: z.array(failure),
	/** What was asked for besides and could not be had; the restore point is good without it. */
	leftOut: z.array(failure).min(1).optional(),
	/** Why it is suspicious: not relied on until somebody has confirmed it. */
	suspicious: z.array(anomaly).min(1).optional(),
	/** What no archive of this format keeps. */
	notKept: z.array(z.string()),
	/** Commands that restore each artefact without this package. */
	recipe: z.array(z.string()),
	writtenBy: z.string(),
});

const manifest = content.extend({ checksum: sha256 });

export type ManifestArtefact = z.infer<typeof artefact>;
export type ManifestAnomaly = z.infer<typeof anomaly>;
export type ManifestFailure = z.infer<typeof failure>;
export type ManifestContent = z.infer<typeof content>;
export type Manifest = z.infer<typeof manifest>;

/** Lists of each artefact that are shortened, step by step, until the manifest can be read again. */
const shortenings = [
	{ warnings: Infinity, tables: Infinity },
	{ warnings: 1000, tables: 10_000 },
	{ warnings: 100, tables: 1000 },
	{ warnings: 10, tables: 0 },
	{ warnings: 0, tables: 0 },
];

/**
 * The manifest as the bytes that are stored. Where warnings and figures of tables would make it too large to be read
 * again, some of each artefact are counted only.
 * @throws BackupError `manifest_invalid` when it is too large for another reason
 */
export function encodeManifest(fields: ManifestContent): Buffer {
	for (const most of shortenings) {
		const kept = {
			...fields,
			artefacts: fields.artefacts.map((entry) => withTables(withWarnings(entry, most.warnings), most.tables)),
		};
		const bytes = Buffer.from(`${JSON.stringify({ ...kept, checksum: checksumOf(kept) }, null, 2)}\n`);
		if (bytes.length <= maxManifestBytes) return bytes;
	}
	throw new BackupError(
		'manifest_invalid',
		`The manifest would be larger than ${maxManifestBytes} bytes and could not be read again.`,
		'Divide the site into several: it has too many sources for one restore point.',
	);
}

/** With at most so many warnings, and the number of the others. */
function withWarnings(entry: ManifestArtefact, most: number): ManifestArtefact {
	const left = entry.warnings.length - most;
	if (left <= 0) return entry;
	return { ...entry, warnings: [...entry.warnings.slice(0, most), moreWarnings(left)] };
}

/** With the figures of at most so many tables, and the number of the others. */
function withTables(entry: ManifestArtefact, most: number): ManifestArtefact {
	const left = (entry.tables?.length ?? 0) - most;
	if (left <= 0) return entry;
	return { ...entry, tables: entry.tables?.slice(0, most), omittedTables: left };
}

/**
 * Reads a stored manifest.
 * @param where for messages, e.g. `/backups/shop/20261120T020000Z-1a2b3c/manifest.json`
 * @throws BackupError `manifest_invalid` when it is no manifest, of another version, or was edited
 */
export function decodeManifest(bytes: Buffer, where: string): Manifest {
	const parsed = parseInput(manifest, json(bytes));
	if (!parsed.ok) throw invalid(where, `is not a manifest of version 1 (${describeFaults(parsed.faults)})`);
	const { checksum, ...fields } = parsed.value;
	if (checksum !== checksumOf(fields)) throw invalid(where, 'was changed after it was written');
	const names = parsed.value.artefacts.map(({ file }) => file);
	if (new Set(names).size !== names.length) throw invalid(where, 'names a file twice');
	return parsed.value;
}

function json(bytes: Buffer): unknown {
	try {
		return JSON.parse(bytes.toString('utf8'));
	} catch {
		return undefined;
	}
}

function invalid(where: string, fault: string): BackupError {
	return new BackupError(
		'manifest_invalid',
		`${where} ${fault}.`,
		'Do not trust this restore point; use the one before. Its files can still be tried by hand with zstd, tar and pg_restore.',
	);
}

/** Independent of the order of the fields and of white space. */
function checksumOf(fields: ManifestContent): string {
	return createHash('sha256')
		.update(JSON.stringify(sorted(fields)))
		.digest('hex');
}

function sorted(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
	return Object.fromEntries(
		entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, sorted(entry)]),
	);
}
