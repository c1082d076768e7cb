import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';

import { siteFromBackups, type BackupContext } from '../backup';
import {
	describeFaults,
	destinationSchema,
	parseInput,
	siteSchema,
	type Destination,
	type Site,
} from '../shared';
import { UsageError } from './output';

/** A folder with the backups of one site. */
export interface BackupPlace {
	site: string;
	destination: Destination;
}

const placeSchema = z.object({ site: siteSchema.shape.name, destination: destinationSchema });

/**
 * Reads where the backups of a site are: `/mnt/backups/shop`, `engine:/srv/backups/shop` or `s3://bucket/prefix/shop`.
 * The last part is the name of the site.
 * @throws UsageError
 */
export function readPlace(text: string): BackupPlace {
	const [path, place] = placeOf(text);
	const site = basename(path);
	const parsed = parseInput(placeSchema, { site, destination: { name: 'backups', ...place } });
	if (parsed.ok) return parsed.value;
	throw new UsageError(
		`--from ${text} is not the folder of a site's backups: ${describeFaults(parsed.faults)}.`,
		'Write e.g. --from /mnt/backups/shop or --from s3://example-backups/web-1/shop; the last part is the name of the site.',
	);
}

function placeOf(text: string): [path: string, place: object] {
	const bucket = /^s3:\/\/([^/]*)\/*(.*?)\/*$/.exec(text);
	if (bucket) {
		const [, name = '', path = ''] = bucket;
		const prefix = path.split('/').slice(0, -1).join('/');
		return [path, { type: 's3', bucket: name, prefix }];
	}
	const engine = /^engine:(.*)$/.exec(text)?.[1];
	const path = engine ?? resolve(text);
	return [path, { type: engine === undefined ? 'directory' : 'engine', path: dirname(path) }];
}

/** The site as its newest good backup there describes it. */
export async function siteIn({ site, destination }: BackupPlace, context: BackupContext): Promise<Site> {
	return await siteFromBackups(destination, site, context);
}
