import type { IExecuteFunctions } from 'n8n-workflow';

import { forOperationsOf } from '../../../shared/fields';
import { locatedReference, locator, type LocatorOptions } from '../locator';

/** Shows the properties only for the given operations on volumes. */
export const forOperations = forOperationsOf('volume');

const options: LocatorOptions = {
	displayName: 'Volume',
	name: 'volume',
	description: 'Docker Compose puts the name of the project in front, as in shop_media',
	searchListMethod: 'searchVolumes',
	placeholder: 'e.g. shop_media',
	regex: '^[a-zA-Z0-9][a-zA-Z0-9_.-]*$',
	errorMessage: 'A name holds letters, digits, "_", "." and "-" only',
	byId: false,
};

export const volumeLocator = locator(options);

/** The name of the volume that the user chose. */
export function volumeName(context: IExecuteFunctions, itemIndex: number): string {
	return locatedReference(context, itemIndex, options).trim();
}
