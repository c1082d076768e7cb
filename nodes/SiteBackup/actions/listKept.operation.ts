import { forOperation, incompleteIsError, options, whenIncomplete } from './common.descriptions';
import { incomplete } from './incomplete';
import { keptArtefacts, keptArtefactsOf, placeNeeds } from './kept';
import type { Operation } from './operation';

export const listKept: Operation = {
	description: forOperation('listKept', [options([keptArtefacts, whenIncomplete])]),
	engineNeeds: placeNeeds,
	async execute({ context, itemIndex, site, backup }) {
		const artefacts = keptArtefactsOf(context, itemIndex);
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const { copies, problems } = await inOwnThread.listKeptCopies(site, backup, { artefacts });
		if (problems.length > 0 && incompleteIsError(context, itemIndex)) {
			const causes = problems.map(({ problem }) => problem);
			const names = problems.map(({ artefact }) => artefact).join(', ');
			const message = `What is kept for ${names} is unknown: ${causes.map((cause) => cause.message).join(' ')}`;
			throw incomplete(context, itemIndex, site.name, message, causes, '');
		}
		return [
			...copies.map((copy) => ({ ...copy })),
			...problems.map((entry) => ({ site: site.name, ...entry, state: 'unknown' })),
		];
	},
};
