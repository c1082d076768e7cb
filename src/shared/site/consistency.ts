import { z } from 'zod';

import { engineNameField, listOf, roleField } from './fields';

const modeField = z.enum(['none', 'pause', 'stop']);

/** So long an argument of a program is no argument any more. */
const argumentField = z.string().max(4096);
const commandField = z
	.array(argumentField)
	.min(1)
	.max(100)
	.refine(([program]) => program !== '', { error: 'must begin with a program' });

const daySeconds = 86_400;
const seconds = (max: number) => z.number().int().min(0).max(max);

const hookSchema = z
	.strictObject({
		container: engineNameField.meta({
			description: 'Name of the running container in which the programs run.',
			examples: ['shop-web'],
		}),
		before: commandField.optional().meta({
			description: 'Program and arguments before anything is read, paused or stopped. No shell takes part.',
			examples: [['maintenance', 'on']],
		}),
		after: commandField.optional().meta({
			description:
				'Program and arguments after the containers run again. It runs in any case, also when `before` or the backup has failed.',
			examples: [['maintenance', 'off']],
		}),
		timeoutSeconds: seconds(daySeconds)
			.min(1)
			.default(60)
			.meta({ description: 'How long each program may run before it is ended.', examples: [300] }),
		user: roleField.optional().meta({
			description: "User or `uid:gid` the programs run as; the container's own unless given.",
			examples: ['www-data'],
		}),
	})
	.refine(({ before, after }) => before !== undefined || after !== undefined, {
		error: 'names no program; give before, after or both',
	})
	.meta({ description: 'Programs in a container, before and after.' });

const rulesSchema = z
	.strictObject({
		mode: modeField.default('none').meta({
			description:
				'What is done to the containers while files are read: `none`, `pause` (frozen, connections stay open) or `stop`. Labels of a container come before it.',
		}),
		containers: listOf(engineNameField)
			.min(1)
			.optional()
			.meta({
				description: 'The containers to pause or stop; all of the site unless given.',
				examples: [['shop-web', 'shop-worker']],
			}),
		stopTimeoutSeconds: seconds(3600)
			.optional()
			.meta({
				description:
					"How long a container may take to stop before the engine kills it; the container's own time (mostly 10) unless given.",
				examples: [30],
			}),
		maxDowntimeSeconds: seconds(daySeconds)
			.min(1)
			.optional()
			.meta({
				description:
					'After so long the containers are started again though files are still read; what was not finished is marked with a warning.',
				examples: [600],
			}),
		hooks: listOf(hookSchema).default([]).meta({ description: 'Programs that prepare the containers.' }),
		failure: z.enum(['abort', 'warn']).default('abort').meta({
			description:
				'When a program fails, or a container can be neither paused nor stopped: `abort` stores nothing that depends on it, `warn` stores it with a warning.',
		}),
	})
	.meta({ description: 'How the containers are kept quiet.' });

/** What is done to containers while their files are read. */
export const consistencySchema = z.union([modeField, rulesSchema]);

/** Containers that are left alone whatever else is said. */
export const protectedSchema = listOf(engineNameField);

export type ConsistencyRules = z.output<typeof rulesSchema>;
export type ContainerHook = z.output<typeof hookSchema>;

/** The rules a site writes, the short form spelled out. */
export function consistencyOf(site: { consistency: z.output<typeof consistencySchema> }): ConsistencyRules {
	const { consistency } = site;
	return typeof consistency === 'string' ? { mode: consistency, hooks: [], failure: 'abort' } : consistency;
}
