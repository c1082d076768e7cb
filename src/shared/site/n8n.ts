import { z } from 'zod';

import { databaseField, engineNameField, pathField, roleField } from './fields';

const postgresSchema = z
	.strictObject({
		type: z.literal('postgres').meta({ description: 'PostgreSQL in a container.' }),
		container: engineNameField.meta({
			description: 'Name of the container in which the database runs.',
			examples: ['n8n-db'],
		}),
		database: databaseField.meta({ description: 'Name of the database.', examples: ['n8n'] }),
		user: roleField.default('postgres').meta({
			description: 'Role that saves and restores, over the socket inside the container.',
			examples: ['n8n'],
		}),
	})
	.meta({ description: 'The PostgreSQL that n8n uses, in a container.' });

/** An n8n to back up, by default the one of n8n's own image that this package runs in. */
export const n8nSchema = z
	.strictObject({
		folder: pathField.default('/home/node/.n8n').meta({
			description:
				'Absolute path of the folder `.n8n`, as n8n (or the command) sees it, or as the container sees it when one is named.',
		}),
		container: engineNameField.optional().meta({
			description:
				'Name of the container in which this n8n runs, where n8n or the command does not see the folder itself.',
			examples: ['n8n'],
		}),
		volume: engineNameField.optional().meta({
			description: 'Name of the volume with that folder, where n8n or the command does not see it itself.',
			examples: ['n8n_data'],
		}),
		database: z
			.union([z.enum(['sqlite', 'none']), postgresSchema])
			.default('sqlite')
			.meta({
				description:
					'`sqlite` (`database.sqlite` in the folder), PostgreSQL in a container, or `none` when an entry of `databases` saves it.',
				examples: ['sqlite', { type: 'postgres', container: 'n8n-db', database: 'n8n', user: 'n8n' }],
			}),
		files: z.boolean().default(true).meta({
			description:
				'Whether the folders `storage` and `binaryData` (files of executions) and `custom` (own nodes) are kept.',
		}),
		storage: pathField.optional().meta({
			description:
				'The folder that N8N_STORAGE_PATH or N8N_BINARY_DATA_STORAGE_PATH names, when one does; kept in place of those.',
			examples: ['/srv/n8n-storage'],
		}),
		workflows: z.boolean().default(false).meta({
			description:
				'Whether each workflow is kept as a JSON file besides, as the public API of n8n gives it. Its key is none of the definition: it comes from a credential or, on the command line, from the environment.',
		}),
	})
	.superRefine(({ container, volume, database, files, storage, workflows }, context) => {
		const refuse = (field: string, message: string): void =>
			context.addIssue({ code: 'custom', path: [field], message });
		if (database === 'none' && !files && !workflows) {
			refuse('database', 'is "none" and "files" is false, so nothing is left to back up');
		}
		if (files && container !== undefined && volume === undefined) {
			refuse('volume', 'is needed beside "container" for the files; without it set "files" to false');
		}
		if (database === 'sqlite' && volume !== undefined && container === undefined) {
			refuse('container', 'is needed beside "volume" for the SQLite database, which n8n is using');
		}
		if (storage !== undefined && (volume !== undefined || !files)) {
			refuse(
				'storage',
				'is a folder that n8n or the command sees; with "volume", list the volume of that folder under "volumes" and set "files" to false',
			);
		}
	})
	.meta({ description: 'An n8n: its database and its files, never its encryption key.' });

export type N8nSource = z.output<typeof n8nSchema>;
