import { z } from 'zod';

import {
	databaseField,
	engineNameField,
	imageField,
	listOf,
	nameField,
	pathField,
	patternField,
	portField,
	roleField,
	serverHostField,
} from './fields';
import { configSchema } from './configs';
import { n8nSchema } from './n8n';
import { uniqueNames } from './unique-names';

const include = listOf(patternField)
	.default([])
	.meta({ description: 'Only what one of these patterns matches is backed up. Without any, everything is.' });
const exclude = listOf(patternField)
	.default([])
	.meta({
		description: 'What one of these patterns matches is left out, even when `include` names it.',
		examples: [['*.log', '/cache/']],
	});

const unreadable = z.enum(['warn', 'fail']).optional().meta({
	description:
		'What to do when something in it cannot be read: `warn` (also when nothing is given) keeps everything else and names it, `fail` stores nothing of this source.',
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
		unreadable,
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
		unreadable,
	})
	.meta({ description: 'A volume of the container engine.' });

const globalsField = z.boolean().default(false).meta({
	description:
		'Also save what belongs to the whole server: roles, their rights and tablespaces, as an artefact of its own (`shop` becomes `globals-shop`). With the passwords of the roles only when the backup is encrypted.',
});

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
		globals: globalsField,
	})
	.meta({ description: 'A PostgreSQL database in a container.' });

const postgresServerSchema = z
	.strictObject({
		name: nameField.meta({
			description: 'Name of the artefact: `shop` becomes `db-shop`. Unique among the databases.',
			examples: ['shop'],
		}),
		type: z.literal('postgres-server').meta({
			description:
				'PostgreSQL reached over the network, saved by a `pg_dump` where n8n or the command runs. The password is none of the definition: it comes from a credential or, on the command line, from the environment.',
		}),
		host: serverHostField.meta({
			description: 'Host name or address of the server, or the folder of its socket.',
			examples: ['db.example.com'],
		}),
		port: portField.default(5432).meta({ description: 'Port of the server.' }),
		database: databaseField.meta({ description: 'Name of the database.', examples: ['shop'] }),
		user: roleField
			.default('postgres')
			.meta({ description: 'Role that saves and restores.', examples: ['backup'] }),
		tls: z.enum(['disable', 'prefer', 'require', 'verify-full']).default('prefer').meta({
			description:
				'As in PostgreSQL: `require` encrypts but trusts any server, `verify-full` checks its certificate and name.',
		}),
		caFile: pathField.optional().meta({
			description:
				'For `verify-full`: path of the certificates (PEM) to trust, as n8n or the command sees it. Without it the well-known authorities are trusted.',
			examples: ['/etc/ssl/db-ca.pem'],
		}),
		image: imageField.optional().meta({
			description:
				'Image whose `pg_dump`, `pg_restore` and `psql` are used, in a temporary container; of the version of the server or newer. Without it those of the machine are.',
			examples: ['postgres:17'],
		}),
		network: engineNameField.optional().meta({
			description: 'Network of the container engine that the temporary container joins, to reach the server.',
			examples: ['shop_default'],
		}),
		globals: globalsField,
	})
	.meta({ description: 'A PostgreSQL database on a server that is reached over the network.' });

const sqliteSchema = z
	.strictObject({
		name: nameField.meta({
			description: 'Name of the artefact: `app` becomes `db-app`. Unique among the databases.',
			examples: ['app'],
		}),
		type: z
			.literal('sqlite')
			.meta({ description: 'A SQLite database, saved through a consistent snapshot while it is in use.' }),
		path: pathField.meta({
			description:
				'Absolute path of the database file, as n8n sees it, or as the container sees it when one is named.',
			examples: ['/srv/app/app.db'],
		}),
		container: engineNameField.optional().meta({
			description:
				'Name of the running container that holds the file, and one of the programs `sqlite3`, `python3` and `node` (22.16 or newer) to copy it.',
			examples: ['shop-app'],
		}),
	})
	.meta({ description: 'A SQLite database.' });

/** Further kinds of database join here, told apart by `type`. */
const databaseSchema = z.discriminatedUnion('type', [
	postgresContainerSchema,
	postgresServerSchema,
	sqliteSchema,
]);

export const backupSchema = z
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
		configs: listOf(configSchema).superRefine(uniqueNames).default([]).meta({
			description: 'Compose files, `.env`, files of the proxy and definitions of containers to back up.',
		}),
		n8n: n8nSchema.optional(),
	})
	.refine(
		({ directories, volumes, databases, configs, n8n }) =>
			n8n !== undefined || directories.length + volumes.length + databases.length + configs.length > 0,
		{
			error:
				'names nothing to back up; list at least one entry under directories, volumes, databases or configs, or n8n',
		},
	)
	.meta({ description: 'What is backed up. At least one entry in all.' });

export type DirectorySource = z.output<typeof directorySchema>;
export type VolumeSource = z.output<typeof volumeSchema>;
export type PostgresContainerSource = z.output<typeof postgresContainerSchema>;
export type PostgresServerSource = z.output<typeof postgresServerSchema>;
export type DatabaseSource = z.output<typeof databaseSchema>;
/** What PostgreSQL's own programs save. */
export type PostgresSource = PostgresContainerSource | PostgresServerSource;
export type SqliteSource = z.output<typeof sqliteSchema>;
