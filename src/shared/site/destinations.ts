import { z } from 'zod';

import { nameField, pathField } from './fields';
import { bucketField, endpointField, prefixField, regionField, storageClassField } from './s3-fields';

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

const s3DestinationSchema = z
	.strictObject({
		name: destinationName,
		type: z
			.literal('s3')
			.meta({ description: 'A bucket of Amazon S3 or of a service that is compatible with it.' }),
		bucket: bucketField.meta({
			description:
				'Name of the bucket. It must exist; the keys to it come from a credential or the environment.',
			examples: ['example-backups'],
		}),
		prefix: prefixField.default('').meta({
			description:
				'What the names of all objects begin with; backups are written to `<prefix>/<name of the site>/`.',
			examples: ['web-1'],
		}),
		region: regionField.optional().meta({
			description: 'Region of the bucket. Without it that of the credential, else `us-east-1`.',
			examples: ['eu-central-1'],
		}),
		endpoint: endpointField.optional().meta({
			description: 'Address of the service. Without it that of the credential, else Amazon S3 in the region.',
			examples: ['https://s3.example.com'],
		}),
		forcePathStyle: z
			.boolean()
			.optional()
			.meta({
				description:
					'Whether the bucket stands in the path of addresses and not in the name of the host. Without it `true` when `endpoint` is given, else as the credential says.',
				examples: [true],
			}),
		storageClass: storageClassField.optional().meta({
			description:
				'Storage class of the artefacts. Without it that of the bucket. Archives such as `GLACIER` cannot be verified or restored before they are thawed.',
			examples: ['STANDARD_IA'],
		}),
		partSizeMiB: z
			.number()
			.int()
			.min(5)
			.max(512)
			.optional()
			.meta({
				description:
					'Size of every part of a large upload in MiB; 10,000 parts are possible. Without it parts begin with 8 MiB and grow to 64 MiB, for up to 492 GiB.',
				examples: [64],
			}),
		readBack: z.enum(['auto', 'always']).default('auto').meta({
			description:
				'`auto`: what was stored is read again only where its checksum at the service does not prove it. `always`: all of it is read again.',
		}),
		credential: z.enum(['s3', 'aws']).default('s3').meta({
			description:
				'Which credential of the node has the keys: `s3` (S3) or `aws` (AWS). The command takes the environment.',
		}),
	})
	.meta({ description: 'A bucket of Amazon S3 or of a service that is compatible with it.' });

/** Further places join here, told apart by `type`. */
export const destinationSchema = z.discriminatedUnion('type', [
	directoryDestinationSchema,
	engineDestinationSchema,
	s3DestinationSchema,
]);

export type Destination = z.output<typeof destinationSchema>;
export type S3DestinationDefinition = z.output<typeof s3DestinationSchema>;
