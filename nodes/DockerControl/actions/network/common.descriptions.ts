import type { IExecuteFunctions } from 'n8n-workflow';

import { forOperationsOf } from '../../../shared/fields';
import { locatedReference, locator, type LocatorOptions } from '../locator';

/** Shows the properties only for the given operations on networks. */
export const forOperations = forOperationsOf('network');

const options: LocatorOptions = {
	displayName: 'Network',
	name: 'network',
	description: 'Docker Compose puts the name of the project in front, as in shop_default',
	searchListMethod: 'searchNetworks',
	placeholder: 'e.g. shop_default',
	regex: '^[a-zA-Z0-9][a-zA-Z0-9_.-]*$',
	errorMessage: 'A name holds letters, digits, "_", "." and "-" only',
	byId: true,
};

export const networkLocator = locator(options);

/** What the user chose as network, as the name or id it stands for. */
export function networkReference(context: IExecuteFunctions, itemIndex: number): string {
	return locatedReference(context, itemIndex, options);
}
