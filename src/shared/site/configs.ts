import { z } from 'zod';

import { engineNameField, listOf, nameField, pathField } from './fields';

export const configSchema = z
	.strictObject({
		name: nameField.meta({
			description: 'Name of the artefact: `stack` becomes `config-stack`. Unique among the configs.',
			examples: ['stack'],
		}),
		paths: listOf(pathField)
			.default([])
			.meta({
				description: 'Absolute paths of files and folders: Compose files, `.env`, files of the proxy.',
				examples: [['/srv/shop/compose.yaml', '/srv/shop/.env', '/etc/caddy/Caddyfile']],
			}),
		via: z.enum(['n8n', 'engine']).default('n8n').meta({
			description:
				'Who sees the paths: `n8n` (the process or container n8n runs in) or `engine` (the host of the container engine).',
		}),
		inspect: z
			.union([z.array(engineNameField).min(1).max(200), z.literal(true)])
			.optional()
			.meta({
				description:
					'Containers whose definition is kept, with that of their networks and volumes: a list of names, or `true` for all of `containers`.',
				examples: [true, ['shop-web', 'shop-db']],
			}),
		secrets: z.enum(['encrypted', 'plain']).default('encrypted').meta({
			description:
				'Such files hold passwords. `encrypted` refuses to store them unless the backup is encrypted; `plain` stores them all the same, and masks the environment of containers.',
		}),
	})
	.refine(({ paths, inspect }) => paths.length > 0 || inspect !== undefined, {
		error: 'names nothing to keep; list paths, or containers under inspect',
	})
	.meta({ description: 'Configuration of a site.' });

export type ConfigSource = z.output<typeof configSchema>;

interface WithConfigs {
	containers?: unknown;
	backup: { configs: readonly Pick<ConfigSource, 'inspect'>[] };
}

/** Refuses `inspect: true` where it is not said which containers the site has. */
export function checkInspected({ containers, backup }: WithConfigs, context: z.RefinementCtx): void {
	backup.configs.forEach(({ inspect }, index) => {
		if (inspect !== true || containers !== undefined) return;
		context.addIssue({
			code: 'custom',
			path: ['backup', 'configs', index, 'inspect'],
			message: 'means all containers of the site, and "containers" does not say which those are',
		});
	});
}
