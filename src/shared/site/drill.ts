import { z } from 'zod';

import { artefactNames } from './artefacts';
import { listOf } from './fields';
import { queryProblem } from './query';
import type { backupSchema } from './sources';

const maxText = 2000;

const checkSchema = z
	.strictObject({
		artefact: z
			.string()
			.min(1)
			.max(80)
			.meta({ description: 'Name of the artefact it is about.', examples: ['db-shop', 'files-www'] }),
		query: z
			.string()
			.min(1)
			.max(maxText)
			.optional()
			.meta({
				description:
					'Of a database: a single SELECT that is asked of what was restored; the first column of its first row is held against `expect` or `atLeast`.',
				examples: ['select count(*) from orders'],
			}),
		expect: z
			.union([z.string().max(maxText), z.number(), z.boolean()])
			.optional()
			.meta({ description: 'What the query gives.', examples: [true, 'EUR', 3] }),
		atLeast: z
			.number()
			.optional()
			.meta({ description: 'How much the query gives at least.', examples: [1000] }),
		path: z
			.string()
			.min(1)
			.max(maxText)
			.optional()
			.meta({
				description:
					'Of an archive: a file or folder that must be there, as it stands below the root of the source.',
				examples: ['index.html', 'uploads'],
			}),
		minBytes: z
			.number()
			.int()
			.min(1)
			.optional()
			.meta({
				description:
					'Beside `path`: how large the file, or all files in the folder together, must be at least.',
				examples: [100_000],
			}),
	})
	.superRefine((check, context) => {
		const { query, expect, atLeast, path, minBytes } = check;
		const fault = (field: string, message: string): void =>
			context.addIssue({ code: 'custom', path: [field], message });
		if ((query === undefined) === (path === undefined)) {
			return fault('artefact', 'needs either "query" or "path" beside it');
		}
		if (query !== undefined) {
			const problem = queryProblem(query);
			if (problem !== undefined) fault('query', problem);
			if ((expect === undefined) === (atLeast === undefined)) {
				fault('query', 'needs either "expect" or "atLeast" beside it');
			}
			if (minBytes !== undefined) fault('minBytes', 'goes with "path" alone');
			return;
		}
		if (expect !== undefined || atLeast !== undefined) {
			fault('path', 'goes with "minBytes" alone; "expect" and "atLeast" are for queries');
		}
		if (path !== undefined && !isInnerPath(path)) {
			fault('path', 'must lie below the root of the source, e.g. "uploads/logo.png"');
		}
	})
	.meta({ description: 'What must be so in what a drill has restored.' });

/** How restores of a site are rehearsed. */
export const drillSchema = z
	.strictObject({
		maxAgeDays: z
			.number()
			.int()
			.min(1)
			.max(3650)
			.optional()
			.meta({
				description: 'After so many days without a drill that has proved everything, Status says so.',
				examples: [30],
			}),
		checks: listOf(checkSchema).default([]).meta({
			description: 'What must be so besides: queries to databases, paths in archives.',
		}),
	})
	.refine(({ maxAgeDays, checks }) => maxAgeDays !== undefined || checks.length > 0, {
		error: 'says nothing; give maxAgeDays or checks',
	})
	.meta({ description: 'How restores are rehearsed.' });

export type SiteDrill = z.output<typeof drillSchema>;
export type DrillCheck = SiteDrill['checks'][number];

interface WithDrill {
	backup: z.output<typeof backupSchema>;
	drill?: SiteDrill | undefined;
}

/** Refuses checks of artefacts that the site does not have, or that cannot be asked like this. */
export function checkDrill({ backup, drill }: WithDrill, context: z.RefinementCtx): void {
	const known = artefactNames({ backup });
	drill?.checks.forEach(({ artefact, query }, index) => {
		const fault = (message: string): void =>
			context.addIssue({ code: 'custom', path: ['drill', 'checks', index, 'artefact'], message });
		if (!known.includes(artefact)) {
			return fault(`is no artefact of this site; it has ${known.join(', ')}`);
		}
		const isDatabase = artefact.startsWith('db-') || artefact === 'n8n-database';
		const isArchive = !isDatabase && !artefact.startsWith('globals-');
		if (query !== undefined && !isDatabase) fault('is no database; give a "path"');
		if (query === undefined && !isArchive) fault('is no archive of files; give a "query" to a database');
	});
}

function isInnerPath(path: string): boolean {
	return !path.startsWith('/') && !/\p{Cc}/u.test(path) && !path.split('/').includes('..');
}
