import { z } from 'zod';

import { describeFaults, errorMessage, packageVersion, parseInput } from '../shared';
import type { Destination } from './destinations/destination';
import { writeSmall } from './destinations/write-small';

/**
 * Small files beside a manifest that say what happened to a restore point after it was made. They are no part of it:
 * each is trusted for its one purpose only, a restore point is good or bad without them, and whoever can write to the
 * destination can write them.
 */
const line = z.string().max(2000);
const instant = z.iso.datetime({ precision: 3 });

/** What all records have. */
const common = {
	format: z.literal('opsdesk-record'),
	version: z.literal(1),
	/** The id of the restore point it belongs to, so that a copy elsewhere says nothing. */
	restorePoint: z.string().max(100),
	at: instant,
	/** What wrote it, or who had it written. */
	by: line,
};

const schemas = {
	/** A verification has come to an end. */
	verified: z.object({
		...common,
		/** `unproved`: nothing is wrong with it, but not all of it could be checked. `damaged`: proved bad. */
		outcome: z.enum(['proved', 'unproved', 'damaged']),
		/** Of the manifest that was verified. */
		manifestChecksum: line,
		checkedBytes: z.number().int().nonnegative(),
		/** What is damaged or could not be checked; the first few. */
		faults: z.array(line).max(20),
	}),
	/** It is not to be removed. */
	hold: z.object({ ...common, reason: line, until: instant.optional() }),
	/** A person has said that a suspicious one is as it should be. */
	confirmed: z.object({ ...common, reason: line.optional() }),
	/** It was restored into throwaway targets. */
	drill: z.object({
		...common,
		/** `unproved`: it was restored, but not all of it could be compared. */
		outcome: z.enum(['proved', 'unproved', 'failed']),
		/** From the start of the restore to the end of the last check: the recovery time. */
		durationMs: z.number().nonnegative(),
		artefacts: z
			.array(
				z.object({
					name: line,
					outcome: z.enum(['proved', 'unproved', 'failed']),
					durationMs: z.number().nonnegative(),
					/** Why it is not proved. */
					problem: line.optional(),
				}),
			)
			.max(1000),
	}),
};

export type RecordKind = keyof typeof schemas;
export type RestorePointRecord<Kind extends RecordKind> = z.infer<(typeof schemas)[Kind]>;
/** What is for the writer of a record to say. */
export type RecordFields<Kind extends RecordKind> = Omit<
	RestorePointRecord<Kind>,
	'format' | 'version' | 'restorePoint' | 'at' | 'by'
> & { by?: string | undefined };

/** A record, or why the file under its name is none. */
export type FoundRecord<Kind extends RecordKind> =
	{ record: RestorePointRecord<Kind>; fault?: undefined } | { record?: undefined; fault: string };

/** The schemas again, told in a way by which the kind of a record gives its type. */
const readers: { [Kind in RecordKind]: z.ZodType<RestorePointRecord<Kind>> } = schemas;

const maxRecordBytes = 256 * 1024;

export const recordKinds = Object.keys(schemas) as RecordKind[];

export const recordFile = (kind: RecordKind): string => `${kind}.json`;

/** Whether a file beside a manifest is named like a record. */
export function isRecordFile(name: string): boolean {
	return recordKinds.some((kind) => name === recordFile(kind));
}

/**
 * Reads a record of a restore point; undefined when there is none. A file that is no record, or that of another
 * restore point, is told as a fault: each reader knows what is safe for its purpose then.
 * @param folder `<site>/<id>`, relative to the destination
 */
export async function readRecord<Kind extends RecordKind>(
	destination: Destination,
	folder: string,
	kind: Kind,
): Promise<FoundRecord<Kind> | undefined> {
	try {
		const bytes = await destination.readSmall(`${folder}/${recordFile(kind)}`, maxRecordBytes);
		if (bytes === undefined) return undefined;
		const parsed = parseInput(readers[kind], JSON.parse(bytes.toString('utf8')));
		if (!parsed.ok) return { fault: describeFaults(parsed.faults) };
		if (parsed.value.restorePoint !== idOf(folder)) {
			return { fault: `it belongs to the restore point ${parsed.value.restorePoint}` };
		}
		return { record: parsed.value };
	} catch (thrown) {
		return { fault: errorMessage(thrown) };
	}
}

/**
 * Writes a record in place of an earlier one of its kind, in one step.
 * @throws BackupError `destination_…`
 */
export async function writeRecord<Kind extends RecordKind>(
	destination: Destination,
	folder: string,
	kind: Kind,
	fields: RecordFields<Kind>,
	now: Date,
): Promise<void> {
	await writeSmall(destination, `${folder}/${recordFile(kind)}`, encode(folder, kind, fields, now));
}

/** Of a whole site, beside its restore points: the last drill that has proved everything. */
export const lastDrillFile = 'last-drill.json';

/**
 * Keeps a good drill beyond the life of its restore point.
 * @throws BackupError `destination_…`
 */
export async function writeLastDrill(
	destination: Destination,
	folder: string,
	fields: RecordFields<'drill'>,
	now: Date,
): Promise<void> {
	const path = `${folder.slice(0, folder.lastIndexOf('/'))}/${lastDrillFile}`;
	await writeSmall(destination, path, encode(folder, 'drill', fields, now));
}

/** The last drill that has proved everything; undefined when there is none, or it cannot be read. */
export async function readLastDrill(
	destination: Destination,
	site: string,
): Promise<RestorePointRecord<'drill'> | undefined> {
	try {
		const bytes = await destination.readSmall(`${site}/${lastDrillFile}`, maxRecordBytes);
		if (bytes === undefined) return undefined;
		const parsed = schemas.drill.safeParse(JSON.parse(bytes.toString('utf8')));
		return parsed.success ? parsed.data : undefined;
	} catch {
		return undefined;
	}
}

function encode<Kind extends RecordKind>(
	folder: string,
	kind: Kind,
	fields: RecordFields<Kind>,
	now: Date,
): Buffer {
	const record = {
		format: 'opsdesk-record',
		version: 1,
		restorePoint: idOf(folder),
		at: now.toISOString(),
		...fields,
		by: fields.by ?? `n8n-nodes-opsdesk ${packageVersion()}`,
	};
	return Buffer.from(`${JSON.stringify(schemas[kind].parse(record), null, 2)}\n`);
}

const idOf = (folder: string): string => folder.slice(folder.lastIndexOf('/') + 1);
