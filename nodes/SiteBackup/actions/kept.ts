import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { artefactNames } from './artefact-names';
import { optionsOf } from './common.descriptions';
import { sourceNeeds, type EngineNeed } from './engine-needs';
import type { Site } from '../../../src/shared';

export const keptArtefacts: INodeProperties = {
	displayName: 'Artefacts',
	name: 'artefacts',
	type: 'string',
	default: '',
	placeholder: 'e.g. files-www, db-shop',
	description: 'Names of those whose places are looked into, separated by commas. When empty, all are.',
};

export function keptArtefactsOf(context: IExecuteFunctions, itemIndex: number): string[] | undefined {
	const names = artefactNames(context, itemIndex, optionsOf(context, itemIndex)['artefacts'] ?? '');
	return names.length > 0 ? names : undefined;
}

/** What of the places needs the container engine. */
export function placeNeeds(context: IExecuteFunctions, itemIndex: number, site: Site): EngineNeed[] {
	const wanted = keptArtefactsOf(context, itemIndex);
	return sourceNeeds(site).filter(
		({ artefact }) =>
			artefact !== undefined &&
			wanted?.includes(artefact) !== false &&
			!/^(?:config|globals)-|workflows/.test(artefact),
	);
}
