import { z } from 'zod';
import { checksSchema } from './checks';
import { checkInspected } from './configs';
import { checkPlaces } from './conflicts';
import { consistencyOf, consistencySchema, protectedSchema } from './consistency';
import { destinationSchema } from './destinations';
import { checkDrill, drillSchema } from './drill';
import { encryptionSchema } from './encryption';
import { expectationSchema } from './expectation';
import { domainField, engineNameField, nameField, ownerField, projectField } from './fields';
import { maintenanceSchema } from './maintenance';
import { restoreSchema } from './restore';
import { anomalySchema, retentionSchema } from './retention';
import { backupSchema } from './sources';
import { uniqueNames } from './unique-names';

const containersSchema = z.union([
	z.array(engineNameField).min(1).max(200),
	z
		.strictObject({
			project: projectField.meta({ description: 'Name of the Compose project.', examples: ['shop'] }),
		})
		.meta({ description: 'All containers of a Compose project.' }),
]);

const fields = z.strictObject({
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
	consistency: consistencySchema.default('none').meta({
		description:
			'What is done to the containers while files and volumes are read: `none`, `pause`, `stop`, or an object with more rules. Databases are consistent in any case.',
		examples: ['stop', { mode: 'stop', stopTimeoutSeconds: 30 }],
	}),
	protected: protectedSchema.default([]).meta({
		description:
			'Names of containers that are never paused or stopped; a backup that would do so is refused.',
		examples: [['mail']],
	}),
	checks: checksSchema.default([]).meta({
		description: 'What is looked at to know whether the site is well. Names are unique within the site.',
	}),
	maintenance: maintenanceSchema.default([]).meta({
		description:
			'Times in which nobody is told of failing checks: once, or each week. What still fails at the end is told then.',
		examples: [[{ days: ['sun'], from: '02:00', to: '04:00', timeZone: 'Europe/Berlin' }]],
	}),
	backup: backupSchema,
	destinations: z
		.array(destinationSchema)
		.min(1)
		.max(20)
		.superRefine(uniqueNames)
		.meta({ description: 'Where backups are kept. Each destination receives every backup.' }),
	encryption: encryptionSchema.optional(),
	retention: retentionSchema.optional(),
	expect: expectationSchema.optional(),
	anomaly: anomalySchema.optional(),
	drill: drillSchema.optional(),
	restore: restoreSchema.optional(),
});

/** The one definition of a site. Node parameters and files are read into it by `readSites`. */
export const siteSchema = fields
	.superRefine(checkPlaces)
	.superRefine((site, context) => {
		const { mode, containers } = consistencyOf(site);
		if (mode === 'none' || site.containers !== undefined || containers !== undefined) return;
		context.addIssue({
			code: 'custom',
			path: ['consistency'],
			message: `says "${mode}" and the site names no containers; list them under containers`,
		});
	})
	.superRefine(checkInspected)
	.superRefine(checkDrill)
	.meta({ description: 'A site: what it is, what to back up and where to.' });

export type Site = z.output<typeof siteSchema>;
/** A site as it may be written, before defaults are filled in. */
export type SiteInput = z.input<typeof siteSchema>;

/** The same definition as checks read it: a site may have checks without being backed up. */
export const checkedSiteSchema = fields.partial({ backup: true, destinations: true });

export type CheckedSite = z.output<typeof checkedSiteSchema>;
