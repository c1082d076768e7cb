import { z } from 'zod';
import { checkPlaces } from './conflicts';
import {
	databaseField,
	domainField,
	engineNameField,
	listOf,
	nameField,
	ownerField,
	pathField,
	patternField,
	projectField,
	roleField,
} from './fields';

/** Refuses the second of two entries with the same name: it would write into the place of the first. */
function uniqueNames(entries: ReadonlyArray<{ name: string }>, context: z.RefinementCtx): void {
	const seen = new Map<string, number>();
	entries.forEach(({ name }, index) => {
		const first = seen.get(name);
		if (first === undefined) seen.set(name, index);
		else {
			context.addIssue({
				code: 'custom',
				path: [index, 'name'],
				message: `"${name}" is also the name of entry ${first + 1} of this list; give each its own`,
			});
		}
	});
}

const include = listOf(patternField)
	.default([])
	.meta({ description: 'Only what one of these patterns matches is backed up. Without any, everything is.' });
const exclude = listOf(patternField)
	.default([])
	.meta({
		description: 'What one of these patterns matches is left out, even when `include` names it.',
		examples: [['*.log', '/cache/']],
	});

const directorySchema = z
	.strictObject({
		name: nameField.meta({
			description: 'Name of the artefact: `www` becomes `files-www`. Unique among the directories.',
			examples: ['www'],
		}),
		path: pathField.meta({ description: 'Absolute path of the folder.', examples: ['/srv/shop/www'] }),
		via: z.enum(['n8n', 'engine']).default('n8n').meta({
			description:
				'Who sees the path: `n8n` (the process or container n8n runs in) or `engine` (the host of the container engine).',
		}),
		include,
		exclude,
	})
	.meta({ description: 'A folder.' });

const volumeSchema = z
	.strictObject({
		name: nameField.meta({
			description: 'Name of the artefact: `media` becomes `volume-media`. Unique among the volumes.',
			examples: ['media'],
		}),
		volume: engineNameField.meta({
			description:
				'Name of the volume as `docker volume ls` shows it, with the prefix of its Compose project.',
			examples: ['shop_media'],
		}),
		include,
		exclude,
	})
	.meta({ description: 'A volume of the container engine.' });

const postgresContainerSchema = z
	.strictObject({
		name: nameField.meta({
			description: 'Name of the artefact: `shop` becomes `db-shop`. Unique among the databases.',
			examples: ['shop'],
		}),
		type: z
			.literal('postgres')
			.meta({ description: 'PostgreSQL in a container, saved by its own `pg_dump`.' }),
		container: engineNameField.meta({
			description: 'Name of the container in which the database runs.',
			examples: ['shop-db'],
		}),
		database: databaseField.meta({ description: 'Name of the database.', examples: ['shop'] }),
		user: roleField.default('postgres').meta({
			examples: ['shop'],
			description:
				'Role that saves and restores, over the socket inside the container; no password is needed there.',
		}),
	})
	.meta({ description: 'A PostgreSQL database in a container.' });

/** Further kinds of database join here, told apart by `type`. */
const databaseSchema = z.discriminatedUnion('type', [postgresContainerSchema]);

const backupSchema = z
	.strictObject({
		directories: listOf(directorySchema)
			.superRefine(uniqueNames)
			.default([])
			.meta({ description: 'Folders to back up.' }),
		volumes: listOf(volumeSchema)
			.superRefine(uniqueNames)
			.default([])
			.meta({ description: 'Volumes to back up.' }),
		databases: listOf(databaseSchema)
			.superRefine(uniqueNames)
			.default([])
			.meta({ description: 'Databases to back up.' }),
	})
	.refine(
		({ directories, volumes, databases }) => directories.length + volumes.length + databases.length > 0,
		{
			error: 'names nothing to back up; list at least one entry under directories, volumes or databases',
		},
	)
	.meta({ description: 'What is backed up. At least one entry in all.' });

const destinationName = nameField.meta({
	description: 'Name of the destination in results and messages. Unique among the destinations.',
	examples: ['local'],
});

const directoryDestinationSchema = z
	.strictObject({
		name: destinationName,
		type: z.literal('directory').meta({ description: 'A folder that n8n (or the command) sees itself.' }),
		path: pathField.meta({
			description: 'Absolute path; backups are written to `<path>/<name of the site>/`.',
			examples: ['/backups'],
		}),
	})
	.meta({ description: 'A folder that n8n (or the command) sees itself.' });

const engineDestinationSchema = z
	.strictObject({
		name: destinationName,
		type: z.literal('engine').meta({ description: 'A folder on the host of the container engine.' }),
		path: pathField.meta({
			description: 'Absolute path on the host; backups are written to `<path>/<name of the site>/`.',
			examples: ['/srv/backups'],
		}),
	})
	.meta({ description: 'A folder on the host of the container engine, reached through the engine.' });

/** Further places join here, told apart by `type`. */
const destinationSchema = z.discriminatedUnion('type', [directoryDestinationSchema, engineDestinationSchema]);

const containersSchema = z.union([
	z.array(engineNameField).min(1).max(200),
	z
		.strictObject({
			project: projectField.meta({ description: 'Name of the Compose project.', examples: ['shop'] }),
		})
		.meta({ description: 'All containers of a Compose project.' }),
]);

/** The one definition of a site. Node parameters and files are read into it by `readSites`. */
export const siteSchema = z
	.strictObject({
		name: nameField.meta({
			description:
				'Name of the site and of the folder its backups are kept in: 1 to 63 characters of a–z, 0–9 and `-`. Unique among all sites.',
			examples: ['shop'],
		}),
		domain: domainField.optional().meta({
			description: 'Main host name, for people and messages.',
			examples: ['shop.example.com'],
		}),
		owner: ownerField.optional().meta({
			description: 'Who is to be told when something is wrong with this site.',
			examples: ['web-team@example.com'],
		}),
		containers: containersSchema.optional().meta({
			description: 'The containers of the site: a list of names, or `{project: …}` for a Compose project.',
			examples: [['shop-web', 'shop-db'], { project: 'shop' }],
		}),
		consistency: z.literal('none').default('none').meta({
			description:
				'`none`: containers go on running while they are backed up. Databases are consistent in any case.',
		}),
		backup: backupSchema,
		destinations: z
			.array(destinationSchema)
			.min(1)
			.max(20)
			.superRefine(uniqueNames)
			.meta({ description: 'Where backups are kept. Each destination receives every backup.' }),
	})
	.superRefine(checkPlaces)
	.meta({ description: 'A site: what it is, what to back up and where to.' });

export type Site = z.output<typeof siteSchema>;
/** A site as it may be written, before defaults are filled in. */
export type SiteInput = z.input<typeof siteSchema>;
export type DirectorySource = z.output<typeof directorySchema>;
export type VolumeSource = z.output<typeof volumeSchema>;
export type DatabaseSource = z.output<typeof databaseSchema>;
export type Destination = z.output<typeof destinationSchema>;
