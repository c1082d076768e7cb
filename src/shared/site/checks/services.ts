import { z } from 'zod';

import { intervalField } from '../durations';
import {
	databaseField,
	engineNameField,
	portField,
	projectField,
	roleField,
	serverHostField,
} from '../fields';
import { checkThresholds, commonFields, timeoutField } from './common';

const percent = z.number().gt(0).max(100);
const amount = z.number().min(0);

const serverUrl = z
	.string()
	.max(2000)
	.refine((address) => /^https?:$/.test(URL.parse(address)?.protocol ?? ''), {
		error: 'must be an address such as "https://n8n.example.com"',
	});

/** Exactly one of two ways to reach it; a password is sent on one of them only. */
function oneOf(
	given: { container?: string | undefined; host?: string | undefined; authenticated: boolean },
	context: z.RefinementCtx,
): void {
	if ((given.container === undefined) === (given.host === undefined))
		context.addIssue({ code: 'custom', path: [], message: 'needs either "container" or "host"' });
	else if (given.container !== undefined && given.authenticated)
		context.addIssue({
			code: 'custom',
			path: ['authenticated'],
			message: 'goes with "host" alone: into a container no password is sent',
		});
}

const container = engineNameField.optional().meta({
	description: 'Name of the container it runs in; it is asked inside by its own client.',
	examples: ['shop-db'],
});

export const postgresSchema = z
	.strictObject({
		type: z.literal('postgres').meta({ description: 'A PostgreSQL database.' }),
		...commonFields,
		container,
		host: serverHostField.optional().meta({ description: 'Or: host name or address of the server.' }),
		port: portField.default(5432).meta({ description: 'Port of the server.' }),
		database: databaseField.default('postgres').meta({ description: 'Name of the database.' }),
		user: roleField.default('postgres').meta({ description: 'Role that asks.' }),
		tls: z.enum(['disable', 'prefer', 'require', 'verify-full']).default('prefer').meta({
			description: 'As in PostgreSQL; `verify-full` checks the certificate and the name.',
		}),
		authenticated: z.boolean().default(false).meta({
			description:
				'Sign in with the password of the Postgres credential of the node, which is sent to the host of that credential only. Without it a server is well when it takes connections, as with `pg_isready`.',
		}),
		connections: z
			.strictObject({ warning: percent.optional(), critical: percent.optional() })
			.superRefine((limits, context) => checkThresholds(limits, context))
			.optional()
			.meta({
				description: 'Share of the connections that are taken, in percent.',
				examples: [{ warning: 80, critical: 95 }],
			}),
	})
	.superRefine(oneOf)
	.meta({ description: 'Asks a PostgreSQL server whether it works.' });

export const redisSchema = z
	.strictObject({
		type: z.literal('redis').meta({ description: 'A Redis or Valkey server.' }),
		...commonFields,
		container,
		host: serverHostField.optional().meta({ description: 'Or: host name or address of the server.' }),
		port: portField.default(6379).meta({ description: 'Port of the server.' }),
		tls: z.boolean().default(false).meta({ description: 'Whether the server is reached over TLS.' }),
		authenticated: z.boolean().default(false).meta({
			description:
				'Sign in with the password of the Redis credential of the node, which is sent to the host of that credential only.',
		}),
		memory: z
			.strictObject({ warning: percent.optional(), critical: percent.optional() })
			.superRefine((limits, context) => checkThresholds(limits, context))
			.optional()
			.meta({
				description:
					'Share of `maxmemory` that is taken, in percent; of all memory of the machine where there is no such limit.',
				examples: [{ warning: 90 }],
			}),
	})
	.superRefine(oneOf)
	.meta({ description: 'Asks a Redis server whether it works.' });

export const supabaseSchema = z
	.strictObject({
		type: z.literal('supabase').meta({ description: 'A Supabase project.' }),
		...commonFields,
		url: serverUrl.optional().meta({
			description: 'Address of the project; that of the Supabase credential of the node unless given.',
			examples: ['https://abcdefgh.supabase.co'],
		}),
		table: z.string().min(1).max(63).optional().meta({
			description: 'A table of which one row is asked for. Without it the REST interface itself is asked.',
		}),
	})
	.meta({ description: 'Asks the REST interface of Supabase, with the key of the credential.' });

export const n8nCheckSchema = z
	.strictObject({
		type: z.literal('n8n').meta({ description: 'An n8n instance.' }),
		...commonFields,
		url: serverUrl.meta({ description: 'Its address.', examples: ['https://n8n.example.com'] }),
		failedExecutions: z
			.strictObject({
				withinMinutes: z.number().int().min(1).max(10_080).default(60),
				warning: amount.optional(),
				critical: amount.optional(),
			})
			.superRefine((limits, context) => checkThresholds(limits, context))
			.optional()
			.meta({
				description:
					'More failed executions within the time are a warning or a failure; asked with the n8n credential of the node, whose key is sent to its own address only.',
				examples: [{ withinMinutes: 60, warning: 0, critical: 10 }],
			}),
		runs: z
			.strictObject({
				workflow: z
					.string()
					.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be the id of a workflow, as in its address'),
				within: intervalField,
			})
			.optional()
			.meta({
				description:
					'A workflow that must be published and must have come to a good end within the time; asked with the n8n credential of the node.',
				examples: [{ workflow: 'opsdeskBackSit01', within: '26h' }],
			}),
	})
	.meta({ description: 'Asks n8n whether it and its database are ready.' });

export const engineSchema = z
	.strictObject({
		type: z.literal('engine').meta({ description: 'The container engine.' }),
		...commonFields,
	})
	.meta({
		description:
			'Asks the container engine whether it answers. Where checks need the engine and none is of this type, one is added: all of them depend on it.',
	});

export const containerSchema = z
	.strictObject({
		type: z.literal('container').meta({ description: 'Containers.' }),
		...commonFields,
		container: engineNameField
			.optional()
			.meta({ description: 'Name of a container.', examples: ['shop-web'] }),
		project: projectField.optional().meta({ description: 'Or: all containers of a Compose project.' }),
		services: z
			.array(engineNameField)
			.min(1)
			.max(200)
			.optional()
			.meta({
				description:
					'Beside `project`: services of which each must have a container that runs, and besides which there must be none.',
				examples: [['web', 'db']],
			}),
	})
	.superRefine(({ container: name, project, services }, context) => {
		const fault = (message: string): void => context.addIssue({ code: 'custom', path: [], message });
		if ((name === undefined) === (project === undefined)) fault('needs either "container" or "project"');
		if (services !== undefined && project === undefined) fault('"services" goes with "project" alone');
	})
	.meta({ description: 'Looks whether containers run and are healthy.' });

export const hostSchema = z
	.strictObject({
		type: z.literal('host').meta({ description: 'The machine.' }),
		...commonFields,
		via: z.enum(['n8n', 'engine']).default('n8n').meta({
			description: 'Whose machine: that of n8n itself, or that of the container engine.',
		}),
		measure: z.enum(['cpu', 'memory', 'disk', 'inodes', 'load']).meta({
			description:
				'What is measured, each in percent that are taken; `load`: the load of 5 minutes per processor, in percent.',
		}),
		path: z.string().startsWith('/').max(4096).default('/').meta({
			description: 'Of `disk` and `inodes`: a path on the file system.',
		}),
		warning: amount.max(10_000).optional().meta({ description: 'More than this is a warning, in percent.' }),
		critical: amount.max(10_000).optional().meta({ description: 'More than this is a failure, in percent.' }),
	})
	.superRefine((check, context) => {
		const { warning, critical } = check;
		if (warning === undefined && critical === undefined)
			context.addIssue({ code: 'custom', path: [], message: 'needs "warning", "critical" or both' });
		checkThresholds(check, context);
	})
	.meta({ description: 'Measures the machine.' });

export const backupAgeSchema = z
	.strictObject({
		type: z.literal('backup').meta({ description: 'The backups of a site.' }),
		...commonFields,
		// All destinations are listed, some of them through a helper container or far away.
		timeoutSeconds: timeoutField(60),
		site: z.string().min(1).max(63).optional().meta({
			description: 'Name of the site whose backups are looked at; the site the check stands in unless given.',
		}),
	})
	.meta({
		description:
			'Looks whether the backups are as young as the site expects (`expect`), at every destination.',
	});
