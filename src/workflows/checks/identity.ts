import { requirements, templateVersion } from '../model';
import { isRange, isVersion, satisfies } from '../versions';
import type { Problem, Rule } from './finding';

/** Fields that belong to one n8n and not into a file. */
const instanceFields = [
	'versionId',
	'activeVersionId',
	'activeVersion',
	'staticData',
	'shared',
	'owner',
	'homeProject',
];

const sentence = (key: string): string => {
	const words = key.replaceAll('-', ' ');
	return words.charAt(0).toUpperCase() + words.slice(1);
};

export const identityRules: Rule[] = [
	{
		name: 'named-by-what-it-does',
		*check({ key, workflow }) {
			if (!/^[a-z0-9]+(-[a-z0-9]+)+$/.test(key)) {
				yield {
					message: `"${key}" is not a verb and its object in kebab case.`,
					remedy: 'Rename the file, e.g. back-up-sites.json.',
				};
			}
			if (workflow.name.toLowerCase() !== sentence(key).toLowerCase()) {
				yield {
					message: `The name "${workflow.name}" does not say the same as the file.`,
					remedy: `Call it "${sentence(key)}".`,
				};
			}
		},
	},
	{
		name: 'fixed-id',
		*check({ workflow }) {
			if (!/^[A-Za-z0-9]{16}$/.test(workflow.id)) {
				yield {
					message: `The id "${workflow.id}" is not 16 letters and digits.`,
					remedy: 'Give it an id that never changes, so that importing it again updates it.',
				};
			}
		},
	},
	{
		name: 'version',
		*check({ workflow, packageVersion }) {
			if (!isVersion(templateVersion(workflow) ?? '')) {
				yield {
					message: 'meta.templateVersion is not a version such as 1.2.3.',
					remedy: 'Set it, and raise it with every change.',
				};
			}
			yield* rangeProblems(requirements(workflow), packageVersion);
		},
	},
	{
		name: 'described',
		*check({ workflow }) {
			if ((workflow.description ?? '').length < 40) {
				yield {
					message: 'It has no description that says why it is there.',
					remedy: 'Write one or two sentences into description.',
				};
			}
			if (!(workflow.tags ?? []).some(({ name }) => name === 'opsdesk')) {
				yield { message: 'The tag opsdesk is missing.', remedy: 'Add { "name": "opsdesk" } to tags.' };
			}
		},
	},
	{
		name: 'inactive',
		*check({ workflow }) {
			if (workflow.active !== false)
				yield {
					message: 'It is not inactive.',
					remedy: 'Set "active": false; users publish it after set-up.',
				};
		},
	},
	{
		name: 'no-instance-data',
		*check({ workflow }) {
			for (const field of instanceFields.filter(
				(name) => workflow[name] !== undefined && workflow[name] !== null,
			)) {
				yield { message: `${field} belongs to one n8n.`, remedy: `Remove ${field}.` };
			}
			if (Object.keys(workflow.pinData ?? {}).length > 0)
				yield { message: 'It holds pinned data.', remedy: 'Unpin it and export again.' };
			if (workflow.meta?.instanceId !== undefined)
				yield { message: 'meta.instanceId names an n8n.', remedy: 'Remove it.' };
		},
	},
];

function* rangeProblems(requires: Record<string, string>, packageVersion: string): Iterable<Problem> {
	for (const name of ['n8n-nodes-opsdesk', 'n8n']) {
		const range = requires[name];
		if (range === undefined || !isRange(range)) {
			yield {
				message: `meta.requires["${name}"] is not a range such as ">=0.1.0 <1.0.0".`,
				remedy: 'State what the workflow needs.',
			};
		} else if (name !== 'n8n' && !satisfies(packageVersion, range)) {
			yield {
				message: `It needs ${name} ${range}, and this is ${packageVersion}.`,
				remedy: 'Adapt the workflow to this version and its range too.',
			};
		}
	}
}
