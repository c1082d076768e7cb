import { z } from 'zod';

import { nameField, pathField } from './fields';

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
export const destinationSchema = z.discriminatedUnion('type', [
	directoryDestinationSchema,
	engineDestinationSchema,
]);

export type Destination = z.output<typeof destinationSchema>;
