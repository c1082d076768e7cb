import { forOperation, incompleteIsError, options, optionsOf, whenIncomplete } from './common.descriptions';
import { incomplete } from './incomplete';
import type { SitelessOperation } from './operation';

export const recover: SitelessOperation = {
	description: forOperation('recover', [
		options([
			{
				displayName: 'Force',
				name: 'force',
				type: 'boolean',
				default: false,
				description:
					'Whether to start also what a backup that is at work keeps quiet; that backup is then marked with a warning',
			},
			whenIncomplete,
		]),
	]),
	async execute({ context, itemIndex, backup }) {
		const { recoverContainers } = await import('../../../src/backup/index.js');
		// Read strictly: what an expression gives in place of a switch is no consent.
		const force = optionsOf(context, itemIndex)['force'] === true;
		const recovery = await recoverContainers(backup, { force });
		if (!recovery.ok && incompleteIsError(context, itemIndex)) {
			const problems = [...recovery.recovered.flatMap((run) => run.problems), ...recovery.problems];
			const message = [...recovery.recovered.filter(({ ok }) => !ok), ...recovery.problems]
				.map((entry) => entry.message)
				.join(' ');
			throw incomplete(context, itemIndex, 'Recover', message, problems, '');
		}
		return [{ ...recovery }];
	},
};
